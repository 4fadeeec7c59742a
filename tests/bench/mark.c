// SPDX-License-Identifier: MIT
/* Has plugin.c write down the counts so far: its MARK, and nothing else. */
int main(void)
{
	__asm__ volatile(".byte 0x0f, 0x1f, 0x84, 0x00, 0x1e, 0xab, 0xa1, 0x5c");
	return 0;
}
