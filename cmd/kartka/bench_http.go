package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"kartka/engine/rules"
	"kartka/storage/sqldb"
	"kartka/tills"
)

// tillBatch is how many sales a batch of the bench has: as many as one may have.
const tillBatch = 500

// batchesAt says how many batches are under way at once where so many postings are; none where that is more than an instance takes.
func batchesAt(inFlight int) int {
	if inFlight < 16 || inFlight > 64 {
		return 0
	}
	return inFlight / 8
}

// counterHall is the interface of tills on a listener of its own.
type counterHall struct {
	bench  *bench
	key    string
	server *http.Server
	at     string
}

// openHall starts it.
func (b *bench) openHall() (*counterHall, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for tills: %w", err)
	}
	api := tills.New(tills.Config{Engine: b.app.engine, Catalog: b.app.catalog, Logger: slog.New(slog.DiscardHandler), Down: sqldb.Outage})
	h := &counterHall{bench: b, key: b.tillKey.Reveal(), at: l.Addr().String(), server: &http.Server{Handler: secureHeaders(api), ReadHeaderTimeout: 5 * time.Second}}
	go h.server.Serve(l) // ends with close
	return h, nil
}

func (h *counterHall) close(context.Context) error { return h.server.Close() }

// hall has a bout's scenarios share one interface.
func (b *bench) hall(p *bout) **counterHall {
	var h *counterHall
	p.opens = append(p.opens, func(context.Context) (func(context.Context) error, error) {
		var err error
		if h, err = b.openHall(); err != nil {
			return nil, err
		}
		return h.close, nil
	})
	return &h
}

// overHTTP are the scenarios of sales over HTTP, each of so many connections with one call after the other: sales alone, and in batches.
func (b *bench) overHTTP(p *bout, n int) []scenario {
	hall := b.hall(p)
	all := []scenario{{name: "http/sales", inFlight: n, members: b.members, measure: func(ctx context.Context, t turn) (measured, error) {
		return (*hall).measure(ctx, t, n, 1, (*tillLine).sale)
	}}}
	if at := batchesAt(n); at > 0 {
		all = append(all, scenario{name: "http/batch", inFlight: at, members: b.members, measure: func(ctx context.Context, t turn) (measured, error) {
			return (*hall).measure(ctx, t, at, tillBatch, (*tillLine).batch)
		}})
	}
	return all
}

// measure keeps so many connections busy. Each call is so many sales: these are what the rate and the processor time are of, the times are those of
// a call.
func (h *counterHall) measure(ctx context.Context, t turn, connections, sales int, ask func(*tillLine, context.Context, *asker) error) (measured, error) {
	lines := make([]*tillLine, connections)
	var closing sync.Once
	hangUp := func() {
		closing.Do(func() {
			for _, l := range lines {
				if l != nil {
					l.conn.Close()
				}
			}
		})
	}
	defer hangUp()
	for i := range lines {
		conn, err := net.Dial("tcp", h.at)
		if err != nil {
			return measured{}, fmt.Errorf("connect to the interface of tills: %w", err)
		}
		lines[i] = &tillLine{hall: h, conn: conn, in: bufio.NewReaderSize(conn, 64<<10)}
	}
	defer context.AfterFunc(ctx, hangUp)()
	m, err := loop(ctx, t, connections, h.bench.meter, func(ctx context.Context, a *asker) error { return ask(lines[a.no], ctx, a) })
	m.times(sales)
	return m, err
}

// times says that each thing done was so many.
func (m *measured) times(n int) {
	m.Done, m.Rate = m.Done*uint64(n), m.Rate*float64(n)
	for _, cpu := range []*float64{m.CPU, m.CPUProcess, m.CPUServer} {
		if cpu != nil {
			*cpu = rounded(*cpu / float64(n))
		}
	}
}

// tillLine is a connection that stays open, as a till has it. It speaks just enough HTTP, so that what is measured is the other end.
type tillLine struct {
	hall  *counterHall
	conn  net.Conn
	in    *bufio.Reader
	body  []byte
	out   []byte
	reply []byte
}

// sale posts a check alone.
func (l *tillLine) sale(_ context.Context, a *asker) error {
	e := l.hall.bench.app.engine
	key := e.NewID()
	l.body = appendCheck(l.body[:0], key, l.hall.bench.anyone(a).member, e.Now(), checkLines(a.rand))
	status, err := l.call("sales", key)
	if err == nil && status != http.StatusCreated {
		err = fmt.Errorf("a sale is answered with %d: %s", status, l.reply)
	}
	return err
}

// batch posts many checks of different guests, as a chain does after an outage.
func (l *tillLine) batch(_ context.Context, a *asker) error {
	b := l.hall.bench
	now := b.app.engine.Now()
	l.body = append(l.body[:0], `{"items":[`...)
	for i := range tillBatch {
		key := b.app.engine.NewID()
		if i > 0 {
			l.body = append(l.body, ',')
		}
		l.body = append(l.body, `{"seq":`...)
		l.body = strconv.AppendInt(l.body, int64(i), 10)
		l.body = append(append(append(l.body, `,"idempotency_key":"`...), key...), `","op":"sale","body":`...)
		l.body = append(appendCheck(l.body, key, b.anyone(a).member, now, checkLines(a.rand)), '}')
	}
	l.body = append(l.body, `]}`...)
	status, err := l.call("batches", "")
	if err == nil && (status != http.StatusOK || bytes.Count(l.reply, []byte(`"status":201`)) != tillBatch) {
		err = fmt.Errorf("a batch is answered with %d, and %d sales are recorded: %.400s", status, bytes.Count(l.reply, []byte(`"status":201`)), l.reply)
	}
	return err
}

// appendCheck writes a check as a till sends it.
func appendCheck(b []byte, receipt, member string, at time.Time, lines []rules.Line) []byte {
	b = append(append(b, `{"receipt_no":"`...), receipt...)
	b = append(at.AppendFormat(append(b, `","business_date":"`...), time.DateOnly), `","occurred_at":"`...)
	b = append(append(append(at.AppendFormat(b, time.RFC3339Nano), `","customer_id":"`...), member...), `","currency":"UAH","lines":[`...)
	var total int64
	for i, l := range lines {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(append(b, `{"line_id":"`...), int64(i+1), 10)
		b = append(append(append(b, `","sku":"`...), l.SKU...), `","name":"`...)
		b = append(append(append(b, l.Name...), `","category":"`...), l.Category...)
		b = strconv.AppendInt(append(b, `","qty":`...), int64(l.Quantity), 10)
		b = append(strconv.AppendInt(append(b, `,"net":`...), int64(l.Net), 10), '}')
		total += int64(l.Net)
	}
	b = strconv.AppendInt(append(b, `],"total":`...), total, 10)
	b = strconv.AppendInt(append(b, `,"tenders":[{"kind":"card","amount":`...), total, 10)
	return append(b, `}]}`...)
}

// call sends the body and reads the answer into reply.
func (l *tillLine) call(path, idempotency string) (status int, err error) {
	l.out = append(append(append(append(l.out[:0], "POST "+tills.Path...), path...), " HTTP/1.1\r\nHost: till\r\nAuthorization: Bearer "...), l.hall.key...)
	l.out = append(append(l.out, "\r\nContent-Type: application/json\r\nIdempotency-Key: "...), idempotency...)
	l.out = append(strconv.AppendInt(append(l.out, "\r\nContent-Length: "...), int64(len(l.body)), 10), "\r\n\r\n"...)
	if _, err := l.conn.Write(append(l.out, l.body...)); err != nil {
		return 0, fmt.Errorf("call: %w", err)
	}
	return l.answer()
}

func (l *tillLine) answer() (status int, err error) {
	length := -1
	for first := true; ; first = false {
		line, err := l.in.ReadSlice('\n')
		if err != nil {
			return 0, fmt.Errorf("read answer: %w", err)
		}
		line = bytes.TrimRight(line, "\r\n")
		name, value, _ := bytes.Cut(line, []byte(": "))
		switch {
		case first:
			if len(line) < 12 {
				return 0, errors.New("read answer: no status")
			}
			if status, err = strconv.Atoi(string(line[9:12])); err != nil {
				return 0, fmt.Errorf("read answer: %w", err)
			}
		case len(line) == 0:
			return status, l.readReply(length)
		case string(name) == "Content-Length":
			if length, err = strconv.Atoi(string(value)); err != nil {
				return 0, fmt.Errorf("read answer: %w", err)
			}
		}
	}
}

func (l *tillLine) readReply(length int) error {
	if length < 0 {
		return errors.New("read answer: no length")
	}
	if cap(l.reply) < length {
		l.reply = make([]byte, length)
	}
	l.reply = l.reply[:length]
	if _, err := io.ReadFull(l.in, l.reply); err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	return nil
}

// openTill gives the shop a till.
func (b *bench) openTill(ctx context.Context) (err error) {
	_, b.tillKey, err = b.app.engine.AddTill(ctx, b.program.ID, b.place.ID, "1")
	if err != nil {
		return fmt.Errorf("add till: %w", err)
	}
	return nil
}
