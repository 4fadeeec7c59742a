#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# A rule about locks must be one that runs: a function whose comment says that
# a lock is held, at its definition or at its declaration, or whose name ends
# in _locked, has to say so to lockdep, itself or in a function of its file
# that it calls. What it does not see is pointers without __rcu; sparse does.
#
# Usage: locking.pl FILE...    prints file:line: text

use strict;
use warnings;

my $held = qr/\bunder\s[^.;]*?lock\b|\block\s(?:is\s)?held|\bholds?\s\S*lock\b/i;
my $free = qr/\bno\s[\w ]*lock\sheld/i;
my $assert = qr/\block(?:dep|_is)_\w+\(|\bsock_owned_by_me\(|\bRCU_LOCKDEP_WARN\(|\brcu_dereference_(?:protected|check)\(/;
# That asks for RCU's lock alone, and by itself
my $reader = qr/\brcu_dereference(?:_bh)?\(/;

my (@rules, %body, %where);

# One line of comment text, without the stars
sub plain
{
	my $text = join(' ', @_);

	$text =~ s{/\*|\*/|^\s*\*|\s\*(?=\s)}{ }g;
	$text =~ s/\s+/ /g;
	return $text;
}

# A comment, then a function that starts in column 0; to its { or its ;
sub head
{
	my ($file, $line, $comment, $text) = @_;

	return unless $text =~ /(\w+)\(/;
	my $name = $1;
	my $says = plain($comment);

	$says =~ s/$free//g;
	push(@rules, [$name, $file, $line, $says =~ /rcu/i])
		if $says =~ $held || $name =~ /_locked$/;
	return $name;
}

for my $file (@ARGV) {
	open(my $in, '<', $file) or die "$file: $!\n";
	my ($comment, $code, $start, $name, $in_comment) = ('', '', 0, undef, 0);

	while (my $line = <$in>) {
		if (defined $name) {
			$body{$file}{$name} .= $line;
			undef $name if $line =~ /^}/;
			next;
		}
		if ($in_comment || $line =~ m{^/\*}) {
			$comment = '' unless $in_comment;
			$comment .= $line;
			$in_comment = $line !~ m{\*/};
			next;
		}
		if ($code eq '' && $line !~ /^[a-z]/) {
			$comment = '';
			next;
		}
		$start = $. if $code eq '';
		$code .= $line;
		if ($line =~ /^\{/ || $line =~ /\)\s*\{$/) {
			$name = head($file, $start, $comment, $code);
			if (defined $name) {
				$where{$file}{$name} = $start;
				$body{$file}{$name} = '';
			}
		} elsif ($line =~ /;\s*$/) {
			head($file, $start, $comment, $code);
		} elsif ($line !~ /^#/ && $line !~ /\{$/) {
			next;
		}
		($comment, $code) = ('', '');
	}
	close($in);
}

# Where a rule's function is: in the same file or, after a header, in another
for my $rule (@rules) {
	my ($name, $from, $line, $rcu) = @$rule;
	my $checked = $rcu ? qr/$assert|$reader/ : $assert;
	my ($file) = grep { exists $where{$_}{$name} } $from, sort keys %where;

	next unless defined $file;
	my $text = $body{$file}{$name};

	next if $text =~ $checked;
	next if grep { ($body{$file}{$_} // '') =~ $checked } $text =~ /(\w+)\(/g;
	print "$file:$where{$file}{$name}: $name() is called with a lock held, ",
		"says $from:$line, and does not check it\n";
}
