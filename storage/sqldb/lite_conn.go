package sqldb

import (
	"context"
	"database/sql/driver"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
)

type namedValue = driver.NamedValue

// liteDriver opens connections that know Unicode's lower and upper; SQLite's own stop at ASCII.
type liteDriver struct{ sqlite.Driver }

func newLiteDriver() (*liteDriver, error) {
	d := &liteDriver{}
	for name, fn := range map[string]func(string) string{"lower": strings.ToLower, "upper": strings.ToUpper} {
		err := d.RegisterDeterministicScalarFunction(name, 1,
			func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
				if s, ok := args[0].(string); ok {
					return fn(s), nil
				}
				return args[0], nil
			})
		if err != nil {
			return nil, fmt.Errorf("register %s: %w", name, err)
		}
	}
	return d, nil
}

func (d *liteDriver) open(dsn string) (*liteConn, error) {
	c, err := d.Open(dsn)
	if err != nil {
		return nil, err
	}
	raw, ok := c.(rawConn)
	if !ok {
		c.Close()
		return nil, fmt.Errorf("the SQLite driver gave a %T", c)
	}
	return &liteConn{raw: raw, prepared: make(map[*statement]rawStmt)}, nil
}

// rawConn and rawStmt are what this package uses of the driver. It is used without database/sql between, because a
// prepared statement then lives as long as its connection.
type rawConn interface {
	driver.Conn
	driver.ExecerContext
	driver.QueryerContext
}

type rawStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// liteConn is one connection. It runs one statement at a time and says so when asked for two, as a connection
// to PostgreSQL does.
type liteConn struct {
	raw      rawConn
	prepared map[*statement]rawStmt
	busy     atomic.Bool // a statement is running, or its rows are open
	brief    bool        // a query that has begun goes on to its first row although its context ends
	broken   bool        // its state is unknown; it must not be used again
}

// maxPrepared bounds the statements a connection keeps prepared.
const maxPrepared = 256

// exec runs a statement to its end.
func (c *liteConn) exec(ctx context.Context, st *statement, args []namedValue) (pgconn.CommandTag, error) {
	if !c.busy.CompareAndSwap(false, true) {
		return pgconn.CommandTag{}, errConnBusy
	}
	defer c.busy.Store(false)
	stmt, err := c.prepare(st)
	if err != nil {
		return pgconn.CommandTag{}, mapError(err)
	}
	var res driver.Result
	if stmt != nil {
		res, err = stmt.ExecContext(ctx, args)
	} else {
		res, err = c.raw.ExecContext(ctx, st.sql, args)
	}
	if err != nil {
		return pgconn.CommandTag{}, mapError(err)
	}
	var n int64
	if st.counts() && res != nil {
		n, _ = res.RowsAffected() // the driver has the number at hand and gives no error
	}
	return tag(st, n), nil
}

// query runs a statement up to its first row. The connection is busy until the rows are closed.
func (c *liteConn) query(ctx context.Context, st *statement, args []namedValue) (*liteRows, error) {
	if !c.busy.CompareAndSwap(false, true) {
		return nil, errConnBusy
	}
	until := ctx
	if c.brief {
		until = context.Background() // of one that can end, the driver keeps watch in a goroutine of its own
	}
	stmt, err := c.prepare(st)
	var raw driver.Rows
	if err == nil {
		if stmt != nil {
			raw, err = stmt.QueryContext(until, args)
		} else {
			raw, err = c.raw.QueryContext(until, st.sql, args)
		}
	}
	if err != nil {
		c.busy.Store(false)
		return nil, mapError(err)
	}
	return newLiteRows(ctx, c, st, raw), nil
}

// control runs BEGIN, COMMIT and their relatives.
func (c *liteConn) control(ctx context.Context, sql string) error {
	if !c.busy.CompareAndSwap(false, true) {
		return errConnBusy
	}
	defer c.busy.Store(false)
	_, err := c.raw.ExecContext(ctx, sql, nil)
	return mapError(err)
}

// prepare returns the prepared form of a statement that is worth keeping, and nil for others: scripts and DDL.
func (c *liteConn) prepare(st *statement) (rawStmt, error) {
	if st.script || !st.reads() && !st.counts() {
		return nil, nil
	}
	if s, ok := c.prepared[st]; ok {
		return s, nil
	}
	if len(c.prepared) >= maxPrepared {
		c.forget()
	}
	s, err := c.raw.Prepare(st.sql)
	if err != nil {
		return nil, err
	}
	stmt, ok := s.(rawStmt)
	if !ok {
		s.Close()
		return nil, fmt.Errorf("the SQLite driver prepared a %T", s)
	}
	c.prepared[st] = stmt
	return stmt, nil
}

func (c *liteConn) forget() {
	for _, s := range c.prepared {
		_ = s.Close() // frees memory; what the statement did has been reported long ago
	}
	clear(c.prepared)
}

func (c *liteConn) close() {
	c.forget()
	_ = c.raw.Close() // there is nobody to tell, and nothing is pending
}

// tag writes the command tag PostgreSQL would answer with.
func tag(st *statement, n int64) pgconn.CommandTag {
	switch {
	case st.verb == "INSERT":
		return pgconn.NewCommandTag(fmt.Sprintf("INSERT 0 %d", n))
	case st.counts(), st.verb == "SELECT":
		return pgconn.NewCommandTag(fmt.Sprintf("%s %d", st.verb, n))
	}
	return pgconn.NewCommandTag(st.verb)
}
