// Package cardcode makes and reads the digits that identify a card.
//
// A card has one lasting number, its [Alias]: eight random digits and a check digit. Around it the till
// protocol defines three codes, all of them digits only, because a scanner that acts as a keyboard types
// letters in whatever layout the till happens to use:
//
//	rotating  7 AAAAAAAA D TTTTTTTT   18 digits, changes every 30 seconds, proves that the guest is here
//	static    6 AAAAAAAA D MMMMMMMM   18 digits, for print and passes: finds the guest and earns, never spends
//	spoken    NNNNNN                  6 digits, read aloud, lives three minutes in shared short-lived state
//
// [Parse] takes whatever a scanner or a person hands in and says which of these it is, or that it is a phone,
// a chat link, or the number of an older card. It only recognises: whether the code is genuine is for
// [VerifyRotating], [VerifyStatic] and the store to say.
//
// Everything here is a pure function of its arguments; randomness and time are passed in.
package cardcode
