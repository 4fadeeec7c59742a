// SPDX-License-Identifier: MIT
/*
 * A TCG plugin for QEMU that counts executed instructions by translation block.
 * Whenever the guest executes MARK, an instruction that does nothing and that no
 * compiler emits, the counts so far go to the next of the files PREFIX.0,
 * PREFIX.1, ...: a line "ADDRESS INSTRUCTIONS EXECUTIONS" for each block.
 *
 * Usage: qemu ... -plugin libplugin.so,prefix=PREFIX      with -icount, one CPU
 *
 * QEMU's header for plugins is not packaged for Debian 12 and 13: what is used of
 * its interface, version 3, is declared here (QEMU's docs/devel/tcg-plugins).
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef struct qemu_info_t qemu_info_t;
struct qemu_plugin_scoreboard;
typedef struct {
	struct qemu_plugin_scoreboard *score;
	size_t offset;
} qemu_plugin_u64;
typedef void (*on_tb_trans)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);
typedef void (*on_exec)(unsigned int vcpu, void *userdata);

enum { INLINE_ADD_U64 = 0, CB_NO_REGS = 0 };

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, on_tb_trans cb);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb,
						 size_t idx);
size_t qemu_plugin_insn_data(const struct qemu_plugin_insn *insn, void *dest,
			     size_t len);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
struct qemu_plugin_scoreboard *qemu_plugin_scoreboard_new(size_t element_size);
uint64_t qemu_plugin_u64_sum(qemu_plugin_u64 entry);
void qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(struct qemu_plugin_tb *tb,
						       int op, qemu_plugin_u64 entry,
						       uint64_t imm);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
					    on_exec cb, int flags, void *userdata);

EXPORT int qemu_plugin_version = 3;

/* nopl 0x5ca1ab1e(%rax,%rax,1): also in mark.c */
static const uint8_t MARK[] = { 0x0f, 0x1f, 0x84, 0x00, 0x1e, 0xab, 0xa1, 0x5c };

/* Translated code counts into "executions", so a block never goes. */
struct block {
	uint64_t addr, insns;
	qemu_plugin_u64 executions;
	struct block *next;
};

enum { BUCKETS = 1 << 16 };

static struct block *buckets[BUCKETS];
static char prefix[4096];
static int marks;

/* Blocks are translated again and again; one address can have several lengths. */
static struct block *block_find(uint64_t addr, uint64_t insns)
{
	struct block **at = &buckets[(addr ^ addr >> 16) % BUCKETS], *b;

	for (b = *at; b; b = b->next)
		if (b->addr == addr && b->insns == insns)
			return b;
	b = calloc(1, sizeof(*b));
	if (!b)
		abort();
	b->addr = addr;
	b->insns = insns;
	b->executions.score = qemu_plugin_scoreboard_new(sizeof(uint64_t));
	b->next = *at;
	*at = b;
	return b;
}

static void dump_block(FILE *f, const struct block *b)
{
	uint64_t executions = qemu_plugin_u64_sum(b->executions);

	fprintf(f, "%" PRIx64 " %" PRIu64 " %" PRIu64 "\n", b->addr,
		b->insns * executions, executions);
}

static void dump(unsigned int vcpu, void *userdata)
{
	char path[sizeof(prefix) + 16];
	const struct block *b;
	FILE *f;
	int i;

	(void)vcpu;
	(void)userdata;
	snprintf(path, sizeof(path), "%s.%d", prefix, marks++);
	f = fopen(path, "w");
	if (!f)
		abort();
	for (i = 0; i < BUCKETS; i++)
		for (b = buckets[i]; b; b = b->next)
			dump_block(f, b);
	if (fclose(f))
		abort();
}

static int is_mark(const struct qemu_plugin_insn *insn)
{
	uint8_t data[sizeof(MARK)];

	return qemu_plugin_insn_size(insn) == sizeof(MARK) &&
	       qemu_plugin_insn_data(insn, data, sizeof(data)) == sizeof(data) &&
	       !memcmp(data, MARK, sizeof(MARK));
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t n = qemu_plugin_tb_n_insns(tb), i;
	struct block *b = block_find(qemu_plugin_tb_vaddr(tb), n);
	struct qemu_plugin_insn *insn;

	(void)id;
	qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(tb, INLINE_ADD_U64,
							  b->executions, 1);
	for (i = 0; i < n; i++) {
		insn = qemu_plugin_tb_get_insn(tb, i);
		if (is_mark(insn))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, dump,
							       CB_NO_REGS, NULL);
	}
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info,
			       int argc, char **argv)
{
	(void)info;
	if (argc != 1 || strncmp(argv[0], "prefix=", 7) ||
	    strlen(argv[0] + 7) >= sizeof(prefix)) {
		fprintf(stderr, "plugin: prefix=PREFIX is needed\n");
		return -1;
	}
	strcpy(prefix, argv[0] + 7);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
