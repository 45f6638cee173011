package sqldb

import (
	"errors"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"
)

// Outage tells whether err says that the database cannot be asked now, whatever was asked: it is away, ends, begins, refuses connections, has no room,
// or was asked by too many at once. The same again may work later. An end of the caller's own context is none.
func Outage(err error) bool {
	var connect *pgconn.ConnectError
	var network net.Error
	var pe *pgconn.PgError
	switch {
	case errors.As(err, &pe):
		switch pe.Code[:min(2, len(pe.Code))] {
		case "08", "53", "57", "58": // connection, resources, operator, system
			return true
		}
		return pe.Code == CodeReadOnly || pe.Code == CodeStalled || Retryable(err) // a standby; this process stood still; every attempt was lost
	case errors.As(err, &connect), errors.As(err, &network):
		return true
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, errClosed) || pgconn.SafeToRetry(err)
}
