package storage_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/segment"
	"kartka/storage"
	"kartka/storage/storagetest"
)

// TestSegmentPlaces proves that columns and the database find the same places, in columns that are read for the first time and in those that follow, and that
// who gives up waiting loses nothing.
func TestSegmentPlaces(t *testing.T) {
	for _, backend := range backends {
		t.Run(backend.name, func(t *testing.T) {
			address := backend.url(t)
			plain := storagetest.Open(t, address)
			kept, err := storage.Open(t.Context(), address, storage.Options{Sealer: storagetest.Sealer(t), Columns: 1})
			if err != nil {
				t.Fatal(err)
			}
			defer kept.Close()
			p := storagetest.Program(t, "p")
			join := func(from, to int) {
				t.Helper()
				err := plain.InTx(t.Context(), func(tx engine.Tx) error {
					for i := from; i < to; i++ {
						id := fmt.Sprint(i)
						err := errors.Join(tx.InsertMember(t.Context(), engine.Member{ID: id, ProgramID: "p", AccountID: id, Card: id, Token: id, InviteTag: id, State: engine.MemberActive,
							Language: []string{"uk", "kk", "en"}[i%3], JoinedAt: now.AddDate(0, 0, -i%10)}), tx.AddStamps(t.Context(), "p", id, "coffee", i%5, 0))
						if err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := plain.RefreshTraits(t.Context(), p, "2026-03-14", now.Add(time.Hour)); err != nil {
					t.Fatal(err)
				}
			}
			same := func() {
				t.Helper()
				for _, text := range []string{"everyone", "not everyone", "language = kk", "joined <= 3d and stamps(coffee) < 3", "stamps(coffee) >= 2 or not language = uk",
					"stamps(coffee) = 0 and stamps(coffee) = 1"} {
					x, err := segment.Parse(text, segment.Grammar{})
					if err != nil {
						t.Fatal(err)
					}
					want, err := storage.SegmentPlaces(t.Context(), plain, p, x, "2026-03-14")
					if err != nil {
						t.Fatal(err)
					}
					n, err := plain.CountSegment(t.Context(), p, x, "2026-03-14")
					if err != nil || n != len(want) {
						t.Errorf("%s: %d places, and %d (%v) are counted", text, len(want), n, err)
					}
					if got, err := storage.SegmentPlaces(t.Context(), kept, p, x, "2026-03-14"); err != nil || !slices.Equal(got, want) {
						t.Errorf("%s: columns have %v (%v), the database has %v", text, got, err, want)
					}
				}
			}
			if err := plain.InTx(t.Context(), func(tx engine.Tx) error { return tx.InsertProgram(t.Context(), p) }); err != nil {
				t.Fatal(err)
			}
			same()
			join(0, 150)
			same()
			join(150, 300)
			gone, cancel := context.WithCancel(t.Context())
			cancel()
			if _, err := storage.SegmentPlaces(gone, kept, p, segment.All{}, "2026-03-14"); err == nil {
				t.Error("who has gone is answered")
			}
			same()
			if _, err := storage.SegmentPlaces(t.Context(), kept, p, segment.Cond{Fact: "shoe_size", Of: "a"}, "2026-03-14"); err == nil {
				t.Error("what nothing is known of is answered")
			}
			same()
		})
	}
}
