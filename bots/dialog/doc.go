// Package dialog answers whatever a person does in a messenger. [Step] sends each deed to the conversation it belongs to, and
// [Notice] puts what the engine has to tell into words. Both are pure.
//
// The conversations are packages of their own: guest (the card, joining, history, settings), staff (the counter), market (segments of
// guests) and owner (the wizard, people, places, the poster). What they are made of is package talk.
package dialog
