package cardcode

import "errors"

// The ways in which input is not a usable code. They are compared with errors.Is.
var (
	// ErrEmpty: nothing is left after spaces, separators and scanner prefixes are taken away.
	ErrEmpty = errors.New("cardcode: empty input")
	// ErrTooLong: longer than any code, number or link that a card can carry.
	ErrTooLong = errors.New("cardcode: input too long")
	// ErrUnreadable: not a code, number or link of a card.
	ErrUnreadable = errors.New("cardcode: unreadable input")
	// ErrMistyped: the shape is right but the check digit is not: a digit was mistyped or two were swapped.
	ErrMistyped = errors.New("cardcode: check digit does not match")
	// ErrNotCurrent: no step of the window makes this rotating code. It is old, from the future, or forged.
	ErrNotCurrent = errors.New("cardcode: rotating code is not current")
	// ErrForged: the static code was not made with this program's key.
	ErrForged = errors.New("cardcode: static code is not genuine")
)
