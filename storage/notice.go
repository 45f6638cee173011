package storage

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
	"kartka/engine/jsontext"
	"kartka/storage/sqldb"
)

// A message that names its reader but no contact is queued in two steps, so that a sale neither looks the contact up nor adds to the
// indexes of the outbox: all those of a group, or of a call, are written as one row of the table notice; and before a sender claims,
// whichever it is, what the program has there on that lane is relayed: contacts are looked up, and the messages written to the outbox, in one
// transaction that takes the rows away.
//
// The order is that in which messages were queued, whichever way: a claim leaves alone what is younger than a message that has not been
// relayed. Relaying waits for others who relay the same rows instead of passing over them, so that a claim need not come back.

// queued is a message as the body of a row has it. Instants are microseconds since 1970, 0 where there is none.
type queued struct {
	ID      string          `json:"i"`
	Key     string          `json:"k"`
	Member  string          `json:"m,omitempty"`
	Staff   string          `json:"s,omitempty"`
	Purpose string          `json:"p,omitempty"`
	Message string          `json:"t,omitempty"`
	Notice  json.RawMessage `json:"n,omitempty"`
	Wait    int64           `json:"w,omitempty"`
	Expires int64           `json:"e,omitempty"`
	At      int64           `json:"a"`
}

// told is a message on its way into the table notice.
type told struct {
	laneOf
	at   time.Time
	id   string
	text string // in the body
}

type laneOf struct{ program, lane string }

// unaddressed reports whether a message names its reader and leaves it to the store where to reach them.
func unaddressed(o engine.Outbound) bool {
	return o.ContactID == "" && (o.MemberID != "" || o.StaffID != "")
}

func toldOf(o engine.Outbound) (t told, err error) {
	notice, err := noticeText(o)
	if err != nil {
		return t, err
	}
	t = told{laneOf{o.ProgramID, string(laneOrDefault(o.Lane))}, o.At.Truncate(time.Microsecond), o.ID, ""}
	// What the outbox would not take must not get here: nobody would be there to be told.
	if err := checkTexts([]any{t.program, t.lane, t.id, o.Key, o.MemberID, o.StaffID, o.Purpose, string(o.Message), notice}); err != nil {
		return t, err
	}
	m := queued{ID: o.ID, Key: o.Key, Member: o.MemberID, Staff: o.StaffID, Purpose: o.Purpose, Message: string(o.Message), Notice: json.RawMessage(notice),
		Wait: micros(o.Wait), Expires: micros(o.Expires), At: micros(o.At)}
	t.text = string(m.appendTo(make([]byte, 0, 384)))
	return t, nil
}

// appendTo adds the message to a text as JSON.
func (m *queued) appendTo(b []byte) []byte {
	o := jsontext.Begin(b)
	o.String("i", m.ID)
	o.String("k", m.Key)
	o.OmitString("m", m.Member)
	o.OmitString("s", m.Staff)
	o.OmitString("p", m.Purpose)
	o.OmitString("t", m.Message)
	o.Raw("n", string(m.Notice))
	o.OmitInt("w", m.Wait)
	o.OmitInt("e", m.Expires)
	o.Int("a", m.At)
	return o.End()
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

// outbox is the message's row there, to a contact.
func (m queued) outbox(programID, lane string, c reached) []any {
	return outboxRow(engine.Outbound{ID: m.ID, ProgramID: programID, ContactID: c.contact, Address: c.Address, MemberID: m.Member, StaffID: m.Staff, Key: m.Key,
		Lane: engine.Lane(lane), Purpose: m.Purpose, Message: rawJSON(m.Message), Wait: fromMicros(m.Wait), Expires: fromMicros(m.Expires), At: fromMicros(m.At)}, string(m.Notice))
}

// insertNotice writes a row, unless the program has no bot: then nobody can be reached, and nobody would come to relay. A row of the same
// name is there when its first message is queued again; what else there is in this one joins it.
const insertNotice = `INSERT INTO notice (program_id, lane, at, id, n, body)
	SELECT $1, $2, $3, $4, $5, $6 WHERE EXISTS (SELECT 1 FROM bot WHERE program_id = $1)
	ON CONFLICT (program_id, lane, at, id) DO UPDATE SET n = notice.n + excluded.n, body = notice.body || excluded.body`

// noticeRows puts messages together, a row for each program and lane, as arguments of [insertNotice].
func noticeRows(messages []told) (rows [][]any) {
	var lanes []laneOf
	of := map[laneOf][]told{}
	for _, t := range messages {
		if of[t.laneOf] == nil {
			lanes = append(lanes, t.laneOf)
		}
		of[t.laneOf] = append(of[t.laneOf], t)
	}
	for _, lane := range lanes {
		all := of[lane]
		first := all[0]
		var body strings.Builder
		for _, t := range all {
			if cmp.Or(t.at.Compare(first.at), cmp.Compare(t.id, first.id)) < 0 {
				first = t
			}
			body.WriteString(t.text)
		}
		rows = append(rows, []any{lane.program, lane.lane, first.at, first.id, int64(len(all)), body.String()})
	}
	return rows
}

// noticeRow is a row of the table notice.
type noticeRow struct {
	lane string
	at   time.Time
	id   string
	body string
}

func scanNotice(row pgx.Row) (n noticeRow, err error) {
	err = row.Scan(&n.lane, &n.at, &n.id, &n.body)
	return n, err
}

func (n noticeRow) messages() (out []queued, err error) {
	from := json.NewDecoder(strings.NewReader(n.body))
	for {
		var m queued
		if err := from.Decode(&m); errors.Is(err, io.EOF) {
			return out, nil
		} else if err != nil {
			return nil, fmt.Errorf("decode notices %s: %w", n.id, err)
		}
		out = append(out, m)
	}
}

const (
	// relayMost is how many messages are relayed in one transaction; of a row all are.
	relayMost = 512
	// relayRounds is how many such transactions a claim waits for. Behind more than 16,384 messages, which is where a program stands whose
	// bots have been away, those that are left, and all that are younger, come a claim later.
	relayRounds = 32
)

// waitingQuery asks what a sender has to do: which rows of the lane are to be relayed, oldest first, and, as a row without messages, whether
// anything is queued in the outbox.
const waitingQuery = `SELECT at, id, n FROM (SELECT at, id, n FROM notice WHERE program_id = $1 AND lane = $4 ORDER BY at, id LIMIT $5) AS told
	UNION ALL
	SELECT at, id, 0 FROM (SELECT at, id FROM outbox WHERE program_id = $1 AND channel = $2 AND sender = $3 AND lane = $4 AND state = 'queued'
		ORDER BY at, id LIMIT 1) AS ready` // in the order of the index: among many that are sent PostgreSQL might look for one that is queued otherwise

type waitingRow struct {
	at time.Time
	id string
	n  int64
}

// relay moves what waits for a lane into the outbox. It reports whether there may be anything to claim, and whether it has moved anything. When there is
// nothing, it has asked one question.
func (s *Store) relay(ctx context.Context, programID, channel, sender string, lane engine.Lane) (due, relayed bool, err error) {
	for range relayRounds {
		rows, err := many(ctx, s.q, "notices", func(row pgx.Row) (w waitingRow, err error) {
			err = row.Scan(&w.at, &w.id, &w.n)
			return w, err
		}, waitingQuery, programID, channel, sender, string(lane), relayMost)
		if err != nil {
			return false, false, err
		}
		due = due || len(rows) > 0
		rows = slices.DeleteFunc(rows, func(w waitingRow) bool { return w.n == 0 })
		if len(rows) == 0 {
			return due, relayed, nil
		}
		slices.SortFunc(rows, func(a, b waitingRow) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.id, b.id)) })
		taken, sum := 1, rows[0].n
		for taken < len(rows) && sum+rows[taken].n <= relayMost {
			sum += rows[taken].n
			taken++
		}
		if err := s.relayUpTo(ctx, programID, lane, rows[taken-1]); err != nil {
			return false, false, fmt.Errorf("relay notices: %w", err)
		}
		relayed = true
		if taken == len(rows) && taken < relayMost {
			break
		}
	}
	return due, relayed, nil
}

// relayUpTo relays the rows of a lane up to one, in a transaction.
func (s *Store) relayUpTo(ctx context.Context, programID string, lane engine.Lane, last waitingRow) error {
	return sqldb.InTx(ctx, s.db, func(tx pgx.Tx) error {
		w := &writes{reads: reads{q: textGuard{tx}, seal: s.seal}}
		messages, err := w.relayed(ctx, programID, lane, last)
		if err != nil {
			return err
		}
		return sqldb.Insert(ctx, tx, sqldb.Table{Name: "outbox", Columns: outboxColumns, Rows: messages}, "ON CONFLICT DO NOTHING")
	})
}

const takeNotices = `DELETE FROM notice WHERE program_id = $1 AND lane = $2 AND (at, id) <= ($3, $4) RETURNING lane, at, id, body`

// relayed takes the rows of a lane up to one off the table, and returns their messages as rows of the outbox. Those for whom there is nobody to
// be reached are left out.
func (w *writes) relayed(ctx context.Context, programID string, lane engine.Lane, last waitingRow) (messages [][]any, err error) {
	rows, err := many(ctx, w.q, "notices", scanNotice, takeNotices, programID, string(lane), last.at, last.id)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(a, b noticeRow) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.id, b.id)) })
	var all []queued
	for _, row := range rows {
		of, err := row.messages()
		if err != nil {
			return nil, err
		}
		all = append(all, of...)
	}
	contacts, err := w.reach(ctx, programID, all)
	if err != nil {
		return nil, err
	}
	for _, m := range all {
		if c, ok := contacts[m.reader()]; ok {
			messages = append(messages, m.outbox(programID, string(lane), c))
		}
	}
	return messages, nil
}

// reader is a member or, with staff, a member of staff.
type reader struct {
	staff bool
	id    string
}

func (m queued) reader() reader {
	if m.Member != "" {
		return reader{id: m.Member}
	}
	return reader{true, m.Staff}
}

// reached is a contact at which a reader can be reached.
type reached struct {
	contact string
	engine.Address
}

const (
	membersReached = `SELECT member_id, id, channel, sender, user_id FROM contact
		WHERE program_id = $1 AND member_id = ANY($2) AND member_id <> '' AND blocked_at IS NULL ORDER BY seen_at, id`
	staffReached = `SELECT staff_id, id, channel, sender, user_id FROM contact
		WHERE program_id = $1 AND staff_id = ANY($2) AND staff_id <> '' AND blocked_at IS NULL ORDER BY seen_at, id`
	// mergedReached finds who became part of somebody else, with their contacts, after the message had been queued.
	mergedReached = `SELECT m.id, c.id, c.channel, c.sender, c.user_id FROM member m
		JOIN contact c ON c.program_id = m.program_id AND c.member_id = m.merged_into AND c.member_id <> ''
		WHERE m.program_id = $1 AND m.id = ANY($2) AND m.merged_into <> '' AND c.blocked_at IS NULL ORDER BY c.seen_at, c.id`
)

// reach finds the contact of each reader that was seen last among those that are not blocked.
func (w *writes) reach(ctx context.Context, programID string, messages []queued) (map[reader]reached, error) {
	contacts := make(map[reader]reached, len(messages))
	find := func(sql string, staff bool) error {
		var ids []string
		for _, m := range messages {
			r := m.reader()
			if _, known := contacts[r]; !known && r.staff == staff {
				ids = append(ids, r.id)
			}
		}
		if len(ids) == 0 {
			return nil
		}
		slices.Sort(ids)
		type found struct {
			id string
			reached
		}
		all, err := many(ctx, w.q, "contacts", func(row pgx.Row) (f found, err error) {
			err = row.Scan(&f.id, &f.contact, &f.Channel, &f.Sender, &f.UserID)
			return f, err
		}, sql, programID, slices.Compact(ids))
		for _, f := range all {
			contacts[reader{staff, f.id}] = f.reached // the last one stays
		}
		return err
	}
	for _, q := range []struct {
		sql   string
		staff bool
	}{{membersReached, false}, {mergedReached, false}, {staffReached, true}} {
		if err := find(q.sql, q.staff); err != nil {
			return nil, err
		}
	}
	return contacts, nil
}

// eraseNotices takes the messages to a member off the table notice. It waits for whoever relays them: they are then in the outbox.
func (w *writes) eraseNotices(ctx context.Context, programID, memberID string) error {
	rows, err := many(ctx, w.q, "notices", scanNotice, `SELECT lane, at, id, body FROM notice
		WHERE program_id = $1 AND body LIKE $2 ORDER BY lane, at, id FOR UPDATE`, programID, "%"+memberID+"%")
	if err != nil {
		return err
	}
	for _, row := range rows {
		all, err := row.messages()
		if err != nil {
			return err
		}
		var left strings.Builder
		n := int64(0)
		for _, m := range all {
			if m.Member == memberID {
				continue
			}
			n++
			left.Write(m.appendTo(nil))
		}
		switch n {
		case int64(len(all)): // it was somebody with an id like this one's
			continue
		case 0:
			_, err = exec(ctx, w.q, "drop notices", `DELETE FROM notice WHERE program_id = $1 AND lane = $2 AND at = $3 AND id = $4`, programID, row.lane, row.at, row.id)
		default:
			_, err = exec(ctx, w.q, "drop notices", `UPDATE notice SET n = $5, body = $6 WHERE program_id = $1 AND lane = $2 AND at = $3 AND id = $4`,
				programID, row.lane, row.at, row.id, n, left.String())
		}
		if err != nil {
			return err
		}
	}
	return nil
}
