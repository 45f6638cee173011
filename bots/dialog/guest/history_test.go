package guest

import (
	"errors"
	"fmt"
	"testing"

	"kartka/engine"
)

// ledgerOf is a history of n postings, named n (the newest) to 1.
func ledgerOf(n int) func(before string, limit int) ([]engine.HistoryItem, error) {
	return func(before string, limit int) ([]engine.HistoryItem, error) {
		from := n
		if before != "" {
			if _, err := fmt.Sscan(before, &from); err != nil {
				return nil, err
			}
			from--
		}
		var items []engine.HistoryItem
		for id := from; id > 0 && len(items) < limit; id-- {
			items = append(items, engine.HistoryItem{Posting: engine.Posting{ID: fmt.Sprint(id)}})
		}
		return items, nil
	}
}

func ids(p page) string {
	s := ""
	for _, item := range p.Items {
		s += item.Posting.ID + " "
	}
	return fmt.Sprintf("%solder=%v newer=%v", s, p.Older, p.Newer)
}

// TestPages turns the pages of a long history to its end and back.
func TestPages(t *testing.T) {
	for _, n := range []int{0, 1, 5, 6, 12, 100, 101, 230} {
		read := ledgerOf(n)
		var forward []string
		before := ""
		for {
			items, err := read(before, pageSize+1)
			if err != nil {
				t.Fatal(err)
			}
			p := cutPage(items, before != "")
			forward = append(forward, ids(p))
			if !p.Older {
				break
			}
			before = p.Items[len(p.Items)-1].Posting.ID
			back, err := pageAfter(read, fmt.Sprint(mustInt(t, before)-1))
			if err != nil {
				t.Fatal(err)
			}
			if got, want := ids(back), forward[len(forward)-1]; got != want {
				t.Errorf("%d postings: back is %q, want %q", n, got, want)
			}
		}
	}
	if p, err := pageAfter(ledgerOf(7), "foreign"); err != nil || ids(p) != "7 6 5 4 3 older=true newer=false" {
		t.Errorf("a posting that is not there leads to %q, %v", ids(p), err)
	}
	broken := errors.New("broken")
	if _, err := pageAfter(func(string, int) ([]engine.HistoryItem, error) { return nil, broken }, "1"); !errors.Is(err, broken) {
		t.Errorf("the error is lost: %v", err)
	}
}

func mustInt(t *testing.T, s string) int {
	t.Helper()
	var n int
	if _, err := fmt.Sscan(s, &n); err != nil {
		t.Fatal(err)
	}
	return n
}
