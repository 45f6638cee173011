package storage_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"kartka/engine"
)

// BenchmarkGlance measures what a member has to spend, asked for one after another and by many at once.
func BenchmarkGlance(b *testing.B) {
	const members = 2000
	for _, backend := range backends {
		s := benchProgram(b, backend.url, members)
		look := func(b *testing.B) {
			n := fmt.Sprint(rand.IntN(members))
			got, err := s.Glance(b.Context(), "p", engine.Look{Ident: engine.Ident{Card: n}}, now)
			if err != nil || got.MemberID != n {
				b.Errorf("card %s is %+v, %v", n, got, err)
			}
		}
		b.Run(backend.name+"/1", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				look(b)
			}
		})
		b.Run(backend.name+"/64", func(b *testing.B) {
			b.ReportAllocs()
			b.SetParallelism(64)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					look(b)
				}
			})
		})
	}
}
