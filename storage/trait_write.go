package storage

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"kartka/engine"
	"kartka/engine/rules"
	"kartka/engine/segment"
	"kartka/storage/sqldb"
)

// Traits are made anew for members about whom something has changed: those named in trait_due, and those that postings tell of. Postings are followed by
// their ids, which are in the order of time, a minute behind: one that was begun earlier may be committed later. Whoever writes
// traits of a program holds the row of a bookmark, so that nobody writes over newer ones. Each who held it leaves a larger number, rev, in the rows it wrote
// than those before: whoever has seen a number has seen everything below it.

var traitDueColumns = []string{"program_id", "member_id"}

// touch has traits of members made anew. A posting about them does so by itself.
func (w *writes) touch(ctx context.Context, programID string, memberIDs ...string) error {
	for _, id := range memberIDs {
		if id == "" {
			continue
		}
		_, err := exec(ctx, w.q, "note changed member", `INSERT INTO trait_due (program_id, member_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`, programID, id)
		if err != nil {
			return err
		}
	}
	return nil
}

// touchAll is [writes.touch] of those whom coupons belong to.
func (w *writes) touchAll(ctx context.Context, coupons []engine.Coupon) error {
	of := map[string]string{}
	for _, c := range coupons {
		of[c.MemberID] = c.ProgramID
	}
	for _, id := range slices.Sorted(maps.Keys(of)) {
		if err := w.touch(ctx, of[id], id); err != nil {
			return err
		}
	}
	return nil
}

// eraseTraits takes what is personal off the traits of members at once. The rest follows. It waits for whoever writes traits of the program: it is the
// last thing that a transaction does which holds rows of members.
func (w *writes) eraseTraits(ctx context.Context, programID string, memberIDs ...string) error {
	if _, err := w.lockBookmark(ctx, programID, tailBookmark); err != nil {
		return err
	}
	rev, err := w.nextRev(ctx, programID)
	if err != nil {
		return err
	}
	_, err = exec(ctx, w.q, "erase traits", `UPDATE trait SET live = FALSE, birth_year = 0, gender = '', language = '', city = '', tags = '', consent = 0, reach = 0,
		rev = $3 WHERE program_id = $1 AND member_id = ANY($2)`, programID, memberIDs, rev)
	if err != nil {
		return err
	}
	_, err = exec(ctx, w.q, "erase traits", `DELETE FROM trait_item WHERE program_id = $1 AND member_id = ANY($2)`, programID, memberIDs)
	if err != nil {
		return err
	}
	return w.touch(ctx, programID, memberIDs...)
}

// nextRev is the number of what is written to traits of a program now. The row of the bookmark is held.
func (w *writes) nextRev(ctx context.Context, programID string) (rev int64, err error) {
	err = w.q.QueryRow(ctx, `SELECT COALESCE(max(rev), 0) + 1 FROM trait WHERE program_id = $1`, programID).Scan(&rev)
	if err != nil {
		return 0, fmt.Errorf("number traits: %w", err)
	}
	return rev, nil
}

// beginning stands before every posting.
const beginning = "0"

const (
	tailBookmark = "segment:tail"   // the last posting that is surely behind
	turnBookmark = "segment:turned" // the day, and how far its turn has come
)

// tailLag is how long after it was begun a posting may be committed and still be followed.
const tailLag = time.Minute

// traitBatch is of how many members traits are made in one transaction.
const traitBatch = 250

// RefreshTraits implements [engine.Audience]. What comes while it is at work is left for the next time.
func (s *Store) RefreshTraits(ctx context.Context, p engine.Program, day rules.Date, now time.Time) (n int, err error) {
	for {
		if idle, err := s.traitsIdle(ctx, p.ID, now.Add(-tailLag)); idle || err != nil {
			return n, err
		}
		batch, err := s.refreshTraits(ctx, p, segment.DayOf(day), now)
		n += batch
		if err != nil || batch < traitBatch {
			return n, err
		}
	}
}

// traitsPending reads which posting is surely behind, and whether members are due.
func (r reads) traitsPending(ctx context.Context, programID string) (after string, due bool, err error) {
	if after, err = r.Bookmark(ctx, programID, tailBookmark); err != nil {
		return "", false, err
	}
	ids, err := many(ctx, r.q, "due members", scanText, `SELECT member_id FROM trait_due WHERE program_id = $1 LIMIT 1`, programID)
	return after, len(ids) > 0, err
}

// traitsIdle reports whether there is nothing to write: a shop that sleeps is left alone.
func (s *Store) traitsIdle(ctx context.Context, programID string, horizon time.Time) (bool, error) {
	after, due, err := s.traitsPending(ctx, programID)
	if err != nil || due || after == "" {
		return false, err
	}
	news, err := s.follow(ctx, programID, after, s.tails.seen(programID), 1)
	if err != nil || behind(news, horizon) != "" {
		return false, err
	}
	return !slices.ContainsFunc(news, func(f followed) bool { return !f.seen }), nil
}

func (s *Store) refreshTraits(ctx context.Context, p engine.Program, today segment.Day, now time.Time) (n int, err error) {
	var news []followed
	err = s.inTx(ctx, func(tx *writes) error {
		after, err := tx.lockBookmark(ctx, p.ID, tailBookmark)
		if err != nil {
			return err
		}
		if after == "" { // whoever is there is due: nothing that was posted before tells more
			if after, err = tx.lastPosting(ctx, p.ID, now.Add(-tailLag)); err != nil {
				return err
			}
			if err := tx.SetBookmark(ctx, p.ID, tailBookmark, cmp.Or(after, beginning)); err != nil {
				return err
			}
		}
		due, err := many(ctx, tx.q, "due members", scanText, `SELECT member_id FROM trait_due WHERE program_id = $1 ORDER BY member_id LIMIT $2`, p.ID, traitBatch)
		if err != nil {
			return err
		}
		if news, err = tx.follow(ctx, p.ID, after, s.tails.seen(p.ID), traitBatch-len(due)); err != nil {
			return err
		}
		n = len(due)
		for _, f := range news {
			if !f.seen {
				due = append(due, f.member)
				n++
			}
		}
		slices.Sort(due)
		due = slices.DeleteFunc(slices.Compact(due), func(id string) bool { return id == "" })
		if len(due) > 0 {
			if _, err := exec(ctx, tx.q, "take due members", `DELETE FROM trait_due WHERE program_id = $1 AND member_id = ANY($2)`, p.ID, due); err != nil {
				return err
			}
			if err := tx.makeTraits(ctx, p, due, today, true); err != nil {
				return err
			}
		}
		if behind := behind(news, now.Add(-tailLag)); behind != "" {
			return tx.SetBookmark(ctx, p.ID, tailBookmark, behind)
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("refresh traits: %w", err)
	}
	s.tails.note(p.ID, news, now.Add(-tailLag))
	return n, nil
}

// lastPosting is the newest posting that was recorded before an instant, "" when there is none.
func (r reads) lastPosting(ctx context.Context, programID string, before time.Time) (string, error) {
	ids, err := many(ctx, r.q, "postings", scanText, `SELECT id FROM posting WHERE program_id = $1 AND recorded_at < $2 ORDER BY id DESC LIMIT 1`, programID, before)
	if err != nil || len(ids) == 0 {
		return "", err
	}
	return ids[0], nil
}

// lockBookmark reads a bookmark and holds its row until the transaction ends.
func (w *writes) lockBookmark(ctx context.Context, programID, name string) (value string, err error) {
	err = w.q.QueryRow(ctx, `INSERT INTO bookmark (program_id, name, value) VALUES ($1, $2, '') ON CONFLICT (program_id, name) DO UPDATE SET value = bookmark.value
		RETURNING value`, programID, name).Scan(&value)
	if err != nil {
		return "", fmt.Errorf("lock bookmark: %w", translate(err))
	}
	return value, nil
}

// followed is a posting and whom it is about.
type followed struct {
	id, member string
	at         time.Time
	seen       bool // it was followed already
}

// follow reads postings after one, until so many of them are new.
func (r reads) follow(ctx context.Context, programID, after string, seen map[string]bool, most int) (all []followed, err error) {
	for fresh := 0; fresh < most; {
		page, err := many(ctx, r.q, "postings", func(row pgx.Row) (f followed, err error) {
			err = row.Scan(&f.id, &f.member, &f.at)
			return f, err
		}, `SELECT id, member_id, recorded_at FROM posting WHERE program_id = $1 AND id > $2 ORDER BY id LIMIT $3`, programID, after, traitBatch)
		if err != nil || len(page) == 0 {
			return all, err
		}
		for _, f := range page {
			if fresh == most {
				break
			}
			if f.seen = seen[f.id]; !f.seen {
				fresh++
			}
			all = append(all, f)
		}
		after = page[len(page)-1].id
	}
	return all, nil
}

// behind is the last posting before which nothing new can come, "" none.
func behind(all []followed, horizon time.Time) (id string) {
	for _, f := range all {
		if !f.at.Before(horizon) {
			break
		}
		id = f.id
	}
	return id
}

// makeTraits writes what is known of members. Without habits, those they had stay. The row of the bookmark is held.
func (w *writes) makeTraits(ctx context.Context, p engine.Program, ids []string, today segment.Day, habits bool) error {
	all, err := w.loadTraits(ctx, p, ids, today, habits)
	if err != nil || len(all) == 0 {
		return err
	}
	places, next, err := w.traitPlaces(ctx, p.ID, ids)
	if err != nil {
		return err
	}
	rev, err := w.nextRev(ctx, p.ID)
	if err != nil {
		return err
	}
	rows := make([][]any, 0, len(all))
	for _, t := range all {
		no, ok := places[t.id]
		if !ok {
			no, next = next, next+1
		}
		rows = append(rows, t.row(p.ID, no, rev, today))
	}
	b := &pgx.Batch{}
	d := sqldb.DialectOf(w.q)
	if err := sqldb.QueueInsert(b, d, sqldb.Table{Name: "trait", Columns: traitColumns, Rows: rows}, ontoTrait); err != nil {
		return err
	}
	if err := w.queueItems(ctx, b, d, p.ID, all, habits); err != nil {
		return err
	}
	for _, query := range b.QueuedQueries {
		if _, err := exec(ctx, w.q, "write traits", query.SQL, query.Arguments...); err != nil {
			return err
		}
	}
	return nil
}

// traitPlaces reads the places of members, and the next that is nobody's.
func (w *writes) traitPlaces(ctx context.Context, programID string, ids []string) (places map[string]int64, next int64, err error) {
	rows, err := many(ctx, w.q, "places", scanItem, `SELECT member_id, '', no, 0, NULL, '' FROM trait WHERE program_id = $1 AND member_id = ANY($2)`, programID, ids)
	if err != nil {
		return nil, 0, err
	}
	places = make(map[string]int64, len(rows))
	for _, row := range rows {
		places[row.whose] = row.n
	}
	err = w.q.QueryRow(ctx, `SELECT COALESCE(max(no), -1) + 1 FROM trait WHERE program_id = $1`, programID).Scan(&next)
	return places, next, err
}

var traitColumns = []string{"program_id", "member_id", "no", "live", "as_of", "joined", "first_day", "last_day", "visits", "visits_30", "visits_90", "visits_365",
	"spent", "spent_30", "spent_90", "spent_365", "balance", "burning_7", "burning_14", "burning_30", "referrals", "ratings", "rating", "birth_year", "consent", "reach",
	"invited", "gender", "language", "tier", "city", "source", "tags", "rev"}

// ontoTrait has a row that is there become the new one, and keep its place.
var ontoTrait = func() string {
	set := "ON CONFLICT (program_id, member_id) DO UPDATE SET "
	for i, name := range traitColumns[3:] {
		if i > 0 {
			set += ", "
		}
		set += name + " = excluded." + name
	}
	return set
}()

// row is the member's row. Of a person who has left nothing remains but the place.
func (t *traits) row(programID string, no, rev int64, today segment.Day) []any {
	m := &t.Member
	return []any{programID, t.id, no, t.live, int64(today), int64(m.Joined), int64(m.First), int64(m.Last), m.Visits[0], m.Visits[1], m.Visits[2], m.Visits[3],
		m.Spent[0], m.Spent[1], m.Spent[2], m.Spent[3], m.Balance, m.Burning[0], m.Burning[1], m.Burning[2], m.Referrals, m.Ratings, m.Rating, int64(m.Birthday.Year),
		bitsOf(m.Consent), bitsOf(m.Reach), m.Invited, m.Gender, segment.Fold(m.Language), segment.Fold(m.Tier), segment.Fold(m.City), segment.Fold(m.Source), t.tags, rev}
}

func bitsOf(channels []string) (bits int64) {
	for _, name := range channels {
		bits |= channelBits[name]
	}
	return bits
}

// itemKey says what an item of a member is.
type itemKey struct{ member, kind, of string }

type itemValue struct {
	n, day int64
	value  string
}

// queueItems adds the statements that make the items of members what they are now.
func (w *writes) queueItems(ctx context.Context, b *pgx.Batch, d sqldb.Dialect, programID string, all []*traits, habits bool) error {
	now := map[itemKey]itemValue{}
	ids := make([]string, 0, len(all))
	for _, t := range all {
		ids = append(ids, t.id)
		t.items(now)
	}
	type row struct {
		itemKey
		itemValue
	}
	before, err := many(ctx, w.q, "items", func(r pgx.Row) (i row, err error) {
		err = r.Scan(&i.member, &i.kind, &i.of, &i.n, &i.day, &i.value)
		return i, err
	}, `SELECT member_id, kind, of_what, n, day, value FROM trait_item WHERE program_id = $1 AND member_id = ANY($2)`, programID, ids)
	if err != nil {
		return err
	}
	for _, i := range before {
		is, ok := now[i.itemKey]
		switch {
		case ok && is == i.itemValue:
			delete(now, i.itemKey)
		case !ok && (habits || !isHabit(i.kind)):
			b.Queue(`DELETE FROM trait_item WHERE program_id = $1 AND kind = $2 AND of_what = $3 AND member_id = $4`, programID, i.kind, i.of, i.member)
		}
	}
	keys := slices.SortedFunc(maps.Keys(now), func(a, b itemKey) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.of, b.of), cmp.Compare(a.member, b.member))
	})
	rows := make([][]any, len(keys))
	for i, k := range keys {
		v := now[k]
		rows[i] = []any{programID, k.kind, k.of, k.member, v.n, v.day, v.value}
	}
	return sqldb.QueueInsert(b, d, sqldb.Table{Name: "trait_item", Columns: []string{"program_id", "kind", "of_what", "member_id", "n", "day", "value"}, Rows: rows},
		"ON CONFLICT (program_id, kind, of_what, member_id) DO UPDATE SET n = excluded.n, day = excluded.day, value = excluded.value")
}

func isHabit(kind string) bool { return kind == "good" || kind == "category" || kind == "place" }

// items adds what the member has several of.
func (t *traits) items(into map[itemKey]itemValue) {
	if !t.live {
		return
	}
	for kind, counts := range map[string]map[string]int64{"stamps": t.Stamps, "coupon": t.Coupons} {
		for of, n := range counts {
			if n != 0 {
				into[itemKey{t.id, kind, of}] = itemValue{n: n, day: int64(segment.NoDay)}
			}
		}
	}
	for kind, habits := range map[string]map[string]segment.Habit{"good": t.Goods, "category": t.Categories, "place": t.Places} {
		for of, h := range habits {
			into[itemKey{t.id, kind, of}] = itemValue{n: h.Times, day: int64(h.Last)}
		}
	}
	for name, value := range t.Fields {
		if value != "" {
			into[itemKey{t.id, "field", name}] = itemValue{day: int64(segment.NoDay), value: segment.Fold(value)}
		}
	}
}

// TurnTraits implements [engine.Audience].
func (s *Store) TurnTraits(ctx context.Context, p engine.Program, day rules.Date) (n int, err error) {
	today := segment.DayOf(day)
	for {
		if at, err := s.turnedTo(ctx, p.ID); err != nil || at.Day > today || at.Day == today && at.Done {
			return n, err
		}
		batch, done, err := s.turnTraits(ctx, p, today)
		n += batch
		if err != nil {
			return n, fmt.Errorf("turn traits: %w", err)
		}
		if done {
			return n, nil
		}
	}
}

// turned is how far the turn of a day has come.
type turned struct {
	Day  segment.Day `json:"day"`
	No   int64       `json:"no"` // the next place
	Done bool        `json:"done,omitempty"`
}

// turnedTo reads how far the turn of the days has come.
func (r reads) turnedTo(ctx context.Context, programID string) (at turned, err error) {
	text, err := r.Bookmark(ctx, programID, turnBookmark)
	if err != nil {
		return at, err
	}
	return at, decode("turn", text, &at)
}

func (s *Store) turnTraits(ctx context.Context, p engine.Program, today segment.Day) (n int, done bool, err error) {
	err = s.inTx(ctx, func(tx *writes) error {
		n, done = 0, false
		if _, err := tx.lockBookmark(ctx, p.ID, tailBookmark); err != nil {
			return err
		}
		at, err := tx.turnedTo(ctx, p.ID)
		if err != nil {
			return err
		}
		switch {
		case at.Day > today, at.Day == today && at.Done:
			done = true
			return nil
		case at.Day < today:
			at = turned{Day: today}
		}
		// Who has nothing that a day could change stays as of an earlier one.
		rows, err := many(ctx, tx.q, "traits", scanItem, `SELECT member_id, '', no, 0, NULL, '' FROM trait WHERE program_id = $1 AND no >= $2 AND as_of < $3 AND live
				AND (visits_365 > 0 OR balance > 0 OR EXISTS (SELECT 1 FROM trait_item i WHERE i.program_id = $1 AND i.member_id = trait.member_id AND i.kind = 'coupon'))
			ORDER BY no LIMIT $4`, p.ID, at.No, int64(today), traitBatch)
		if err != nil {
			return err
		}
		n = len(rows)
		if n == 0 {
			f, err := tx.findFifths(ctx, p.ID)
			if err != nil {
				return err
			}
			bounds, err := encode("fifths", f)
			if err != nil {
				return err
			}
			if err := tx.SetBookmark(ctx, p.ID, fifthsBookmark, bounds); err != nil {
				return err
			}
			at.Done, done = true, true
		} else {
			ids := make([]string, n)
			for i, row := range rows {
				ids[i] = row.whose
			}
			if err := tx.makeTraits(ctx, p, ids, today, false); err != nil {
				return err
			}
			at.No = rows[n-1].n + 1
		}
		value, err := encode("turn", at)
		if err != nil {
			return err
		}
		return tx.SetBookmark(ctx, p.ID, turnBookmark, value)
	})
	return n, done, err
}

// findFifths finds the bounds between the fifths of those who ever came. Values that many share are on one side of a bound together.
func (r reads) findFifths(ctx context.Context, programID string) (f segment.Fifths, err error) {
	for _, c := range []struct {
		column string
		bounds *[4]int64
	}{{"last_day", &f.Recency}, {"visits_365", &f.Frequency}, {"spent_365", &f.Value}} {
		values, err := many(ctx, r.q, "fifths", scanItem, `SELECT '', '', `+c.column+`, count(*), NULL, '' FROM trait
			WHERE program_id = $1 AND live AND last_day > 0 GROUP BY `+c.column+` ORDER BY `+c.column, programID)
		if err != nil {
			return f, err
		}
		var guests, before int64
		for _, v := range values {
			guests += v.more
		}
		for i, next := 0, 0; i < len(values) && next < len(c.bounds); i++ {
			before += values[i].more
			for next < len(c.bounds) && before > guests*int64(next+1)/5 {
				c.bounds[next] = values[i].n
				next++
			}
		}
	}
	return f, nil
}
