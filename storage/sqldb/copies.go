package sqldb

import (
	"context"
	"encoding/binary"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// copyStreams are the buffers that copies are made ready in, kept because those of a busy server are large.
var copyStreams = sync.Pool{New: func() any { return new([]byte) }}

// copyTables writes the rows of tables, with a COPY for each that goes on in the transaction of the connection, all in one round
// trip: the server is told everything at once, and answers in turn. COPY takes a row with far less work than INSERT on either side, and knows
// no ON CONFLICT. After an error nothing more is written and the transaction is lost.
//
// This is the simple query flow of the protocol, where a COPY that fails leaves its data and what follows unheeded but each query
// answered ("COPY Operations" in PostgreSQL's manual).
func copyTables(ctx context.Context, conn *pgconn.PgConn, tables []Table) error {
	stream := copyStreams.Get().(*[]byte)
	defer copyStreams.Put(stream)
	b := (*stream)[:0]
	for _, t := range tables {
		var err error
		if b, err = appendCopy(b, t); err != nil {
			return fmt.Errorf("copy into %s: %w", t.Name, err)
		}
	}
	*stream = b
	if err := sendCopies(ctx, conn, b); err != nil {
		return fmt.Errorf("send copies: %w", err)
	}
	var failed error
	for _, t := range tables {
		err, lost := copied(ctx, conn)
		if lost {
			return fmt.Errorf("copy into %s: %w", t.Name, err)
		}
		if err != nil && failed == nil {
			failed = fmt.Errorf("copy into %s: %w", t.Name, err)
		}
	}
	return failed
}

// appendCopy adds the messages of one COPY: the query, the rows as one piece of data, and the end.
func appendCopy(b []byte, t Table) ([]byte, error) {
	b, err := (&pgproto3.Query{String: "COPY " + t.Name + " (" + strings.Join(t.Columns, ", ") + ") FROM STDIN BINARY"}).Encode(b)
	if err != nil {
		return b, err
	}
	b = append(b, 'd')
	size := len(b)
	b = append(append(b, 0, 0, 0, 0), copyHead...)
	for _, row := range t.Rows {
		b = binary.BigEndian.AppendUint16(b, uint16(len(row)))
		for c, value := range row {
			if b, _, err = appendField(b, value); err != nil {
				return b, fmt.Errorf("column %s: %w", t.Columns[c], err)
			}
		}
	}
	b = append(b, copyTail...)
	binary.BigEndian.PutUint32(b[size:], uint32(len(b)-size))
	return (&pgproto3.CopyDone{}).Encode(b)
}

// sendCopies writes to the connection, which is closed when that fails: nobody knows how much of it has arrived. The server's answers are
// few and short, so it never waits for them to be read.
func sendCopies(ctx context.Context, conn *pgconn.PgConn, b []byte) error {
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.Conn().SetWriteDeadline(deadline); err != nil {
			return err
		}
		defer func() { _ = conn.Conn().SetWriteDeadline(time.Time{}) }() // a connection that is closed needs none
	}
	_, err := conn.Conn().Write(b)
	if err != nil {
		closeLost(conn)
	}
	return err
}

// copied reads the answers to one COPY: why it failed, and whether the connection is lost.
func copied(ctx context.Context, conn *pgconn.PgConn) (failed error, lost bool) {
	for {
		message, err := conn.ReceiveMessage(ctx)
		if err != nil {
			closeLost(conn)
			return err, true
		}
		switch m := message.(type) {
		case *pgproto3.ErrorResponse:
			failed = pgconn.ErrorResponseToPgError(m)
		case *pgproto3.ReadyForQuery:
			return failed, false
		}
	}
}

// closeLost closes a connection whose other end cannot be reasoned with any more.
func closeLost(conn *pgconn.PgConn) {
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	_ = conn.Close(ended) // it is given up
}
