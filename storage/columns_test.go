package storage

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"kartka/engine/segment"
	"kartka/engine/segment/segmenttest"
)

// row is the member's row as the columns keep it.
func columnRowOf(m *segment.Member, no, rev int64, live bool) *columnRow {
	t := traits{Member: *m, live: live}
	t.tags, _ = encode("tags", m.Tags)
	values := map[string]any{}
	for i, v := range t.row("p", no, rev, segmenttest.Today) {
		values[traitColumns[i]] = v
	}
	r := &columnRow{no: no, rev: rev, live: live, invited: m.Invited}
	for i, name := range columnNumbers {
		r.numbers[i] = values[name].(int64)
	}
	for i, name := range columnTexts {
		r.texts[i] = values[name].(string)
	}
	return r
}

// TestColumnsMatch holds what columns find against a look at each member, for members and numbers that no shop of a test would have.
func TestColumnsMatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := segment.Fifths{Recency: [4]int64{19000, 20000, 20300, 20500}, Frequency: [4]int64{1, 2, 2, 5}, Value: [4]int64{10, 5000, 50_000, 70_000}}
		if rapid.IntRange(0, 9).Draw(t, "no bounds") == 0 {
			f = segment.Fifths{}
		}
		huge := rapid.OneOf(rapid.Int64Range(-300, 300), rapid.Int64(), rapid.SampledFrom([]int64{math.MinInt64, math.MaxInt64, 0}))
		c := newColumns()
		members, live := map[int64]segment.Member{}, map[int64]bool{}
		for rev := range rapid.Int64Range(1, 90).Draw(t, "rows") {
			no := rapid.Int64Range(0, 150).Draw(t, "no")
			m := segmenttest.Member().Draw(t, "member")
			if rapid.IntRange(0, 9).Draw(t, "huge") == 0 {
				m.Balance, m.Visits[1], m.Spent[2] = huge.Draw(t, "balance"), huge.Draw(t, "visits"), huge.Draw(t, "spent")
			}
			m.Recency, m.Frequency, m.Value = f.Place(m.Last, m.Visits[3], m.Spent[3])
			live[no] = rapid.IntRange(0, 4).Draw(t, "live") > 0
			members[no] = m
			c.take(columnRowOf(&m, no, rev, live[no]))
		}
		for range 8 {
			q := segmenttest.Cond(t)
			for i := range q.Values {
				if q.Values[i].Text == "" && rapid.IntRange(0, 9).Draw(t, "huge number") == 0 {
					q.Values[i].Number = huge.Draw(t, "value")
				}
			}
			if !inColumns(q) {
				continue
			}
			found := c.cond(q, segmenttest.Today, f)
			for no, m := range members {
				if want := segment.Match(q, &m, segmenttest.Today); found.Has(no) != want {
					t.Fatalf("%+v: the columns say %v of %+v", q, !want, m)
				}
			}
		}
		for no := range int64(160) {
			if c.live.Has(no) != live[no] {
				t.Fatalf("%d is live: %v", no, !live[no])
			}
		}
	})
}

// TestColumnsTellWhatTheDatabaseNeedNot holds which facts are answered without the database.
func TestColumnsTellWhatTheDatabaseNeedNot(t *testing.T) {
	var far []string
	for _, f := range segment.Facts() {
		q := segment.Cond{Fact: f.Name}
		if len(f.Windows) > 0 {
			q.Days = f.Windows[0]
		}
		if !inColumns(q) {
			far = append(far, f.Name)
		}
	}
	want := []string{"age", "birthday", "birthday_ago", "field", "stamps", "coupons", "bought", "last_bought", "category", "last_category", "place", "last_place",
		"got", "read", "clicked", "came", "in"}
	if !slices.Equal(far, want) {
		t.Errorf("the database is asked about %v, not %v", far, want)
	}
}

// TestWords proves that texts nobody has any more are forgotten, and their numbers given to others.
func TestWords(t *testing.T) {
	var w words
	w.grow(3)
	for i := range 1000 {
		w.setText(i%3, fmt.Sprint("text ", i))
	}
	if len(w.numbers) != 4 || len(w.texts) > 5 {
		t.Errorf("%d texts are known and %d remembered for three members", len(w.numbers), len(w.texts))
	}
	w.setText(1, "")
	found := newBitset(3)
	w.equal([]segment.Value{{Text: "TEXT  999"}, {Text: "text 997"}, {Text: ""}}, found)
	if got := slices.Collect(found.From(0)); !slices.Equal(got, []int64{0}) {
		t.Errorf("the texts are those of %v", got)
	}
}

// TestColumnKeeper proves what is kept, and for how long.
func TestColumnKeeper(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newColumnKeeper(10, 100)
		defer k.close()
		kept := func(want ...string) {
			t.Helper()
			k.mu.Lock()
			defer k.mu.Unlock()
			var have []string
			for _, id := range []string{"a", "b", "c", "small", "large"} {
				if k.kept[id] != nil {
					have = append(have, id)
				}
			}
			if !slices.Equal(have, want) {
				t.Errorf("%v are kept, not %v", have, want)
			}
		}
		if k.add("small", 9) != nil || k.add("large", 101) != nil {
			t.Error("what is too small or too large is kept")
		}
		a := k.add("a", 50)
		k.add("b", 50)
		kept("a", "b")
		if k.of("a") != a || k.add("a", 50) != a {
			t.Error("what is kept is made again")
		}
		k.add("c", 20)
		kept("a", "c") // b was asked for longest ago

		<-time.After(columnsIdle - time.Second)
		k.of("a")
		<-time.After(2 * time.Second)
		synctest.Wait()
		kept("a")
		<-time.After(columnsIdle)
		synctest.Wait()
		kept()
		if k.of("a") != nil {
			t.Error("what is dropped is found")
		}

		a, _ = k.add("a", 50), k.add("b", 40)
		k.grown("a", a, 61)
		kept("a")
		k.grown("a", a, 101)
		kept()
		k.close()
		if k.add("a", 50) != nil {
			t.Error("something is kept of what is closed")
		}
	})
}
