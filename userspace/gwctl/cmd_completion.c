// SPDX-License-Identifier: MIT
/*
 * gwctl completion bash: the script is made from the tables of commands and
 * kinds, so it has what this program has.
 */
#include <string.h>

#include "rows.h"

static const char script[] =
"# bash completion of gwctl: source <(gwctl completion bash)\n"
"_gwctl()\n"
"{\n"
"	local cur prev\n"
"	cur=${COMP_WORDS[COMP_CWORD]}\n"
"	prev=${COMP_WORDS[COMP_CWORD-1]}\n"
"	COMPREPLY=()\n"
"	case $prev in\n"
"	-o|--output)\n"
"		COMPREPLY=($(compgen -W 'table wide json yaml' -- \"$cur\"))\n"
"		return ;;\n"
"	--run-dir|--state-dir|check)\n"
"		COMPREPLY=($(compgen -d -- \"$cur\"))\n"
"		return ;;\n"
"	get|describe)\n"
"		COMPREPLY=($(compgen -W \"$_gwctl_kinds\" -- \"$cur\"))\n"
"		return ;;\n"
"	set)\n"
"		COMPREPLY=($(compgen -W \"$(gwctl set --no-headers 2>/dev/null |\n"
"			cut -d' ' -f1)\" -- \"$cur\"))\n"
"		return ;;\n"
"	completion)\n"
"		COMPREPLY=($(compgen -W bash -- \"$cur\"))\n"
"		return ;;\n"
"	esac\n"
"	if [[ $cur == -* ]]; then\n"
"		COMPREPLY=($(compgen -W '-n -A -o --no-headers --run-dir --wait\n"
"			--address-pool --host-ports --node-address --state-dir\n"
"			--help' -- \"$cur\"))\n"
"	elif [[ $COMP_CWORD == 1 ]]; then\n"
"		COMPREPLY=($(compgen -W \"$_gwctl_commands\" -- \"$cur\"))\n"
"	elif [[ ${COMP_WORDS[1]} == get || ${COMP_WORDS[1]} == describe ]]; then\n"
"		COMPREPLY=($(compgen -W \"$(gwctl get \"${COMP_WORDS[2]}\" -o json 2>/dev/null |\n"
"			sed -n 's/^\\t\\t\"name\":\\t\"\\(.*\\)\",*$/\\1/p')\" -- \"$cur\"))\n"
"	fi\n"
"}\n"
"complete -F _gwctl gwctl\n";

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
	printf("'\n%s", script);
	return GWS_EXIT_OK;
}
