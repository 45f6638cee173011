package engine

import (
	"errors"
	"fmt"
)

// Kind sorts errors by what the caller can do about them.
type Kind string

// The kinds.
const (
	KindNotFound     Kind = "not_found"
	KindInvalid      Kind = "invalid"      // the input makes no sense: mend it
	KindConflict     Kind = "conflict"     // the key was used with another input, or the thing has changed meanwhile
	KindForbidden    Kind = "forbidden"    // this person may not
	KindInsufficient Kind = "insufficient" // not enough points
	KindLimit        Kind = "limit"        // a limit of the program is reached
	KindExpired      Kind = "expired"      // too late
	KindTaken        Kind = "taken"        // belongs to somebody else
	KindBusy         Kind = "busy"         // too much at once: the same again in a moment
)

// Error is a failure that has an answer for a person: ID is a message of the catalogue under "error.", Args its
// numbers and names, formatted by the reader's Printer. Everything else is an internal error.
type Error struct {
	Kind Kind
	ID   string
	Args map[string]any
	Err  error // cause, for logs
}

func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %s: %v", e.Kind, e.ID, e.Err)
	}
	return fmt.Sprintf("%s: %s", e.Kind, e.ID)
}

func (e *Error) Unwrap() error { return e.Err }

// IsKind reports whether err is an *Error of the kind.
func IsKind(err error, kind Kind) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == kind
}

// fail makes an *Error; args are alternating names and values.
func fail(kind Kind, id string, args ...any) *Error {
	e := &Error{Kind: kind, ID: id}
	for i := 0; i+1 < len(args); i += 2 {
		if e.Args == nil {
			e.Args = make(map[string]any, len(args)/2)
		}
		e.Args[args[i].(string)] = args[i+1]
	}
	return e
}
