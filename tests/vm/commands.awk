# SPDX-License-Identifier: MIT
#
# The commands of a README: the lines of its blocks that begin with ```sh.
/^```sh/ { on = 1; next }
/^```/ { on = 0 }
on
