package storagetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/segment"
	"kartka/engine/segment/segmenttest"
	"kartka/storage"
)

// columnShops opens a shop without columns, and two more processes on its database that keep them however few members there are.
func columnShops(t *testing.T, url func(testing.TB) string) (plain *shop, kept [2]*storage.Store) {
	address := url(t)
	open := func(from int) *storage.Store {
		return openStore(t, address, storage.Options{Sealer: Sealer(t), Columns: from})
	}
	return newShop(t, open(-1)), [2]*storage.Store{open(1), open(1)}
}

// testColumns proves that what is kept in memory follows what is written, by whichever process: after every change two that keep columns count as the
// database does.
func testColumns(t *testing.T, url func(testing.TB) string) {
	s, kept := columnShops(t, url)
	random := rand.New(rand.NewPCG(3, 5))
	members := s.crowd(12, random)
	day := epochDay
	somebody := func() engine.Member { return members[random.IntN(len(members))] }
	expr := func() segment.Expr {
		return segmenttest.Expr("got", "read", "clicked", "came", "in").Example(random.Int())
	}
	var frozen []string

	changes := []struct {
		name string
		do   func(tx engine.Tx, m engine.Member) error
	}{
		{"nothing", func(engine.Tx, engine.Member) error { return nil }},
		{"earned", func(tx engine.Tx, m engine.Member) error {
			_, err := s.creditIn(tx, m, money.Points(1+random.IntN(300)), epoch.AddDate(0, 0, random.IntN(40)))
			return err
		}},
		{"rich", func(tx engine.Tx, m engine.Member) error {
			_, err := s.creditIn(tx, m, money.Points(1+random.Int64N(1<<(8+random.IntN(30)))), time.Time{})
			return err
		}},
		{"tagged", func(tx engine.Tx, m engine.Member) error {
			return tx.SetTags(s.ctx, s.program.ID, m.ID, [][]string{nil, {"a"}, {"vip", "b"}, {fmt.Sprint(random.Int())}}[random.IntN(4)])
		}},
		{"stamped", func(tx engine.Tx, m engine.Member) error { return tx.AddStamps(s.ctx, s.program.ID, m.ID, "a", 1, 0) }},
		{"blocked", func(tx engine.Tx, m engine.Member) error {
			m.State = []engine.MemberState{engine.MemberActive, engine.MemberBlocked}[random.IntN(2)]
			return tx.UpdateMember(s.ctx, m)
		}},
		{"erased", func(tx engine.Tx, m engine.Member) error {
			members = slices.DeleteFunc(members, func(one engine.Member) bool { return one.ID == m.ID })
			return tx.EraseMember(s.ctx, s.program.ID, m.ID, epoch)
		}},
		{"frozen", func(tx engine.Tx, _ engine.Member) error {
			id := s.id("segment")
			frozen = append(frozen, id)
			if err := tx.PutSegment(s.ctx, engine.Segment{ID: id, ProgramID: s.program.ID, Name: id, Expr: segment.All{}, Frozen: true, At: epoch}); err != nil {
				return err
			}
			_, err := tx.FreezeSegment(s.ctx, s.program, id, expr(), day)
			return err
		}},
	}
	counts := func(after string) {
		t.Helper()
		asked := []segment.Expr{segment.All{}, expr(), expr(), expr(), expr()}
		if len(frozen) > 0 {
			asked = append(asked, segment.Any{segment.Cond{Fact: "in", Of: frozen[random.IntN(len(frozen))]}, expr()})
		}
		for _, x := range asked {
			want := must(s.CountSegment(s.ctx, s.program, x, day))(t)
			for i, k := range kept {
				if n := must(k.CountSegment(s.ctx, s.program, x, day))(t); n != want {
					t.Fatalf("after %s on %s: %s: the database counts %d, process %d counts %d", after, day, segment.Format(x, segment.Grammar{}, nil), want, i, n)
				}
			}
		}
	}
	counts("nothing was known")
	for range 60 {
		change := changes[random.IntN(len(changes))]
		writer := []*storage.Store{s.Store, kept[0], kept[1]}[random.IntN(3)]
		m := somebody()
		if err := writer.InTx(s.ctx, func(tx engine.Tx) error { return change.do(tx, m) }); err != nil {
			t.Fatalf("%s: %v", change.name, err)
		}
		counts(change.name + ", not yet followed") // who has left is gone at once
		if random.IntN(3) == 0 {
			members = append(members, s.crowd(1+random.IntN(2), random)...)
		}
		must(writer.RefreshTraits(s.ctx, s.program, day, epoch.Add(time.Hour)))(t)
		counts(change.name)
		if random.IntN(8) == 0 {
			day = (segment.DayOf(day) + 1).Date()
			counts("the day has ended")
			must(writer.TurnTraits(s.ctx, s.program, day))(t)
			counts("the day has turned")
		}
	}
}

// testColumnsAtOnce proves that a count is as of one moment, while others count and write: what was written at once is counted all or not at all.
func testColumnsAtOnce(t *testing.T, url func(testing.TB) string) {
	s, kept := columnShops(t, url)
	var members []engine.Member
	for range 70 {
		members = append(members, s.member())
	}
	refresh := func() { must(s.RefreshTraits(s.ctx, s.program, epochDay, epoch.Add(time.Hour)))(t) }
	refresh()
	tagged := segment.Cond{Fact: "tag", Op: segment.OpIs, Values: []segment.Value{{Text: "on"}}}
	done := make(chan struct{})
	var counting sync.WaitGroup
	for i := range 4 {
		counting.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-done:
					if n > 0 {
						return
					}
				default:
				}
				found, err := kept[i%2].CountSegment(s.ctx, s.program, tagged, epochDay)
				if err != nil || found != 0 && found != len(members) {
					t.Errorf("%d of %d are tagged (%v)", found, len(members), err)
					return
				}
			}
		})
	}
	for round := range 9 {
		var tags []string
		if round%2 == 0 {
			tags = []string{"on"}
		}
		for _, m := range members {
			s.tx(func(tx engine.Tx) error { return tx.SetTags(s.ctx, s.program.ID, m.ID, tags) })
		}
		refresh()
	}
	close(done)
	counting.Wait()
	for _, k := range kept {
		equal(t, "tagged", must(k.CountSegment(s.ctx, s.program, tagged, epochDay))(t), len(members))
	}
}
