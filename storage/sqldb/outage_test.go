package sqldb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

func TestOutage(t *testing.T) {
	of := func(code string) error { return fmt.Errorf("write: %w", &pgconn.PgError{Code: code}) }
	for _, c := range []struct {
		name string
		err  error
		want bool
	}{
		{"nothing", nil, false},
		{"a failure of ours", errors.New("x"), false},
		{"the caller has gone", context.Canceled, false},
		{"a row that is there already", of(CodeUniqueViolation), false},
		{"a mistake in a statement", of("42601"), false},
		{"an error without a code", of(""), false},
		{"no connection left", of("53300"), true},
		{"disk full", of("53100"), true},
		{"the server ends", of("57P01"), true},
		{"the server begins", of("57P03"), true},
		{"too slow", of("57014"), true},
		{"every attempt lost", of(CodeSerialization), true},
		{"a standby", of(CodeReadOnly), true},
		{"stood still", of(CodeStalled), true},
		{"refused", &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, true},
		{"cut off", fmt.Errorf("receive: %w", io.ErrUnexpectedEOF), true},
		{"closed", errClosed, true},
	} {
		if got := Outage(c.err); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
