// Package segment is the language in which a shop says whom it means: "visits(90d) >= 3 and last_visit > 30d and not clicked("spring")".
//
// An [Expr] is read from a sentence by [Parse] or from JSON by [Decode], checked against what the program has by [Check], written back as a
// sentence by [Format], and asked of one member by [Match]. The storage asks the same of all members at once. Both answer alike:
// what they know of a member is a [Member], of which the storage keeps a row.
//
// Logic has two values. A number that is not known, such as the age of somebody who told no birthday, compares with nothing: the question does not
// hold, and its negation does. A text that is not told equals nothing: "=" and "in" do not hold, "!=" does. "not in" is the negation of "in", of texts and of numbers.
//
// The package is pure: what day it is and what the program has come as arguments.
package segment
