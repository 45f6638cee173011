// Package locales holds every text that people read, in six languages, and prints it together with the
// numbers, money, dates and phones inside it.
//
// # Messages
//
// A message lives in <language>/<subject>.toml under an id that begins with the subject, so that each key
// has exactly one place. The six files of a subject carry the same keys in the same order:
//
//	guest.welcome = "Hi, <b>{{.Name}}</b>!"
//	guest.balance.btn = "My balance"
//	guest.visits_left.one = "{{.Count}} visit left"
//	guest.visits_left.other = "{{.Count}} visits left"
//
// A plural message has one line for each CLDR form of its language, no more and no fewer: one and other in
// English and Kazakh; one, many and other in Spanish, where many is for whole millions; one, few, many and
// other in Ukrainian, Russian and Polish, where other is for fractions. Because these words end an id,
// no other id may end with them, nor with go-i18n's id, description, hash, leftdelim, rightdelim and
// translation.
//
// Every message is markup: <b>, <i>, <s>, <code> and <a href="…">, with &amp; &lt; &gt; for the characters
// themselves. Printer.Rich keeps the markup and escapes the arguments, Printer.T gives the plain text.
// A placeholder is {{.Name}} and nothing else. Money, dates and points are formatted by Printer and come in
// as arguments. No suffix is glued to a placeholder: languages that inflect by suffix put a noun after it.
//
// The address is polite «ви», «вы», «сіз» in Ukrainian, Russian and Kazakh, and familiar in Polish and
// Spanish, as people expect from an app there. Typography is part of the text and tested: ’ for the
// apostrophe, … and — for ellipsis and dash, the quotation marks of the language. Ids that end with .btn,
// .toast, .alert or .hint are labels and have a length limit; so have the ids of the subject commands.
//
// # Keys in code
//
// Go code and templates name a message by its full id in a literal. A key put together at run time is
// declared by its prefix, a literal that ends with a dot: "reasons." + id. Tests read the literals of the
// whole module: a used key must exist and an existing key must be used.
package locales
