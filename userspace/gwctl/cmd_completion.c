// SPDX-License-Identifier: MIT
/*
 * gwctl completion bash: the script is made from the tables of commands, kinds
 * and options, so it has what this program has.
 */
#include <string.h>

#include "rows.h"

static const char script[] =
"# bash completion of gwctl: source <(gwctl completion bash)\n"
"_gwctl_names()\n"
"{\n"
"	gwctl get \"$1\" -o json 2>/dev/null |\n"
"		sed -n 's/^\\t\\t\"name\":\\t\"\\(.*\\)\",*$/\\1/p'\n"
"}\n"
"_gwctl()\n"
"{\n"
"	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
"	local words=() list='' i\n"
"	COMPREPLY=()\n"
"	case $prev in\n"
"	-o|--output)\n"
"		COMPREPLY=($(compgen -W 'table wide json yaml' -- \"$cur\"))\n"
"		return ;;\n"
"	--run-dir|--state-dir)\n"
"		compopt -o filenames\n"
"		COMPREPLY=($(compgen -d -- \"$cur\"))\n"
"		return ;;\n"
"	esac\n"
"	[[ \" $_gwctl_valued \" != *\" $prev \"* ]] || return\n"
"	if [[ $cur == -* ]]; then\n"
"		COMPREPLY=($(compgen -W \"$_gwctl_options\" -- \"$cur\"))\n"
"		return\n"
"	fi\n"
"	for ((i = 1; i < COMP_CWORD; i++)); do\n"
"		if [[ \" $_gwctl_valued \" == *\" ${COMP_WORDS[i]} \"* ]]; then\n"
"			((i++))\n"
"		elif [[ ${COMP_WORDS[i]} != -* ]]; then\n"
"			words+=(\"${COMP_WORDS[i]}\")\n"
"		fi\n"
"	done\n"
"	case ${#words[@]}:${words[0]} in\n"
"	0:) list=$_gwctl_commands ;;\n"
"	1:get|1:describe) list=$_gwctl_kinds ;;\n"
"	2:get|2:describe) list=$(_gwctl_names \"${words[1]}\") ;;\n"
"	1:stats|1:top|1:monitor) list=$(_gwctl_names routes) ;;\n"
"	1:route) list=test ;;\n"
"	1:set) list=$(gwctl set --no-headers 2>/dev/null | cut -d' ' -f1) ;;\n"
"	1:completion) list=bash ;;\n"
"	1:check)\n"
"		compopt -o filenames\n"
"		COMPREPLY=($(compgen -d -- \"$cur\"))\n"
"		return ;;\n"
"	esac\n"
"	COMPREPLY=($(compgen -W \"$list\" -- \"$cur\"))\n"
"}\n"
"complete -F _gwctl gwctl\n";

static void print_options(bool valued)
{
	const struct option *option;

	for (option = gws_command_options; option->name; option++) {
		if (valued && option->has_arg == no_argument)
			continue;
		printf("--%s ", option->name);
		if (option->val < 256)
			printf("-%c ", option->val);
	}
}

int gws_cmd_completion(const struct gws_call *call)
{
	const struct gws_command *command;
	const struct gws_listing *listing;

	if (call->argc != 1 || strcmp(call->argv[0], "bash"))
		return gws_exit_report(GWS_EXIT_USAGE, "gwctl completion bash");
	fputs("_gwctl_commands='", stdout);
	for (command = gws_commands; command->name; command++)
		printf("%s ", command->name);
	fputs("'\n_gwctl_kinds='", stdout);
	for (listing = gws_listings; listing->plural; listing++)
		printf("%s ", listing->plural);
	fputs("'\n_gwctl_options='", stdout);
	print_options(false);
	fputs("'\n_gwctl_valued='", stdout);
	print_options(true);
	printf("'\n%s", script);
	return GWS_EXIT_OK;
}
