/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/*
 * The parser's own constructs as rows of the manual and of the list of all
 * paths.  They are implemented in source, expand, loop, lex and parse.
 */
#include "parser/rows.h"

#include "lib/util.h"

#define ROW(n, a, d, s, text)                                                  \
	{                                                                      \
		.name = (n), .type = KW_DOC, .args = (a), .def_doc = (d),      \
		.since = (s), .doc = (text)                                    \
	}

const struct kw parser_rows[] = {
	ROW("include", "<PATH|GLOB>", "", NULL,
	    "Reads the matching files here, in glob order; braces are "
	    "expanded, a tilde is not. A name without leading slash starts "
	    "from where the including file lies. Missing or unreadable files, "
	    "directories and executable files are mentioned, not errors."),
	ROW("includer", "<PATH|GLOB>", "", NULL,
	    "include, and a match that is not a readable regular "
	    "non-executable file is an error."),
	ROW("includem", "<PATH|GLOB>", "", NULL,
	    "includer, and a plain name must exist."),
	ROW("includew", "<PATH|GLOB>", "", NULL,
	    "includem, and a wildcard must match something."),
	ROW("includeb", "<PATH|GLOB>", "", NULL,
	    "includer, and every brace alternative must match."),
	ROW("includea", "<PATH|GLOB>", "", NULL, "All include checks."),
	ROW("$NAME=VALUE", "", "", NULL,
	    "Defines or redefines a variable. NAME is a letter or underscore, "
	    "then letters, digits or underscores, with no blank before the "
	    "equals sign. What VALUE contains is replaced when the variable "
	    "is used."),
	ROW("$NAME=VALUE\\", "", "", NULL,
	    "Lines that end in a backslash are collected up to the first that "
	    "does not; where the variable stands at the end of a line they "
	    "are read like lines of the file."),
	ROW("$NAME", "", "", NULL,
	    "Replaced when followed by a blank, comma, closing parenthesis or "
	    "the end of the line; an undefined name stays as it is."),
	ROW("${NAME}", "", "", NULL,
	    "Replaced anywhere, also inside words and double quotes; an "
	    "undefined name stays, and outside quotes its brace then splits "
	    "the line."),
	ROW("${_PWD}", "", "", NULL, "Directory of the file being read."),
	ROW("${_INSTANCE}", "", "", NULL,
	    "The config id: option -i, or the host name up to the first dot."),
	ROW("${_RANDOM}", "[MIN [MAX]]", "0 32767", NULL,
	    "A random integer; a MIN above MAX is reported and MIN is used."),
	ROW("${_ENV}", "VAR", "", "2.4",
	    "Value of an environment variable, empty if it is not set."),
	ROW("${_HASH}", "", "", NULL,
	    "A # character; use it inside double quotes, elsewhere it starts a "
	    "comment."),
	ROW("${_BANG}", "", "", NULL,
	    "A ! character; use it inside double quotes, elsewhere it starts a "
	    "comment."),
	ROW("@ID", "<rest of line>", "", NULL,
	    "The line counts only if ID equals the config id. Not recognised "
	    "when it comes from a variable on the same line."),
	ROW("@^ID", "<rest of line>", "", NULL,
	    "The line counts only if ID differs from the config id."),
	ROW("~SEQ", "(VAR[, START[, STEP]], END) <rest>",
	    "START 1 or -1, STEP 1 or -1", NULL,
	    "Repeats the rest of the line with VAR counting from START to END, "
	    "in C notation; nests by putting another ~SEQ or ~LST first in "
	    "the rest. VAR keeps its last value."),
	ROW("~SEQx", "(VAR[, START[, STEP]], END) <rest>", "", NULL,
	    "~SEQ with VAR in lower case hexadecimal without prefix."),
	ROW("~LST", "(VAR, V1[, V2...]) <rest> | ({A,B}, {A1,B1}, ...) <rest>",
	    "", NULL,
	    "Repeats the rest of the line for each value or set of values; "
	    "missing values are empty, too many are an error."),
	ROW("#", "", "", NULL,
	    "Comment to the end of the line, anywhere outside double quotes."),
	ROW("!", "", "", NULL, "The same as #."),
	ROW("\\# \\!", "", "", NULL,
	    "A literal # or ! outside double quotes; other backslashes stay "
	    "as they are."),
	ROW("\"...\"", "", "", NULL,
	    "Double quotes join blanks into one word and start a new word even "
	    "when glued to another; there are no escapes inside. Single quotes "
	    "mean something only in script and regex values."),
	ROW("{", "", "", NULL,
	    "Opens the block of the keyword before it, on the same or a later "
	    "line; text behind it is read as the next line."),
	ROW("}", "", "", NULL,
	    "Closes a block; may share a line with text before or behind it."),
};

const uint32_t parser_n_rows = ARRAY_LEN(parser_rows);
