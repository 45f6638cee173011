package tills_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"kartka/engine"
	"kartka/engine/rules"
	"kartka/locales"
	"kartka/tills"
)

// instant is an engine that has recorded everything already: what is left is the interface.
type instant struct {
	tills.Engine
	program engine.Program
}

func (e instant) Now() time.Time { return began }

func (e instant) TillByKey(context.Context, engine.Secret) (engine.Till, error) {
	return engine.Till{ProgramID: "p", LocationID: "l", Name: "1"}, nil
}

func (e instant) Program(context.Context, string) (engine.Program, error) { return e.program, nil }

func (e instant) Post(_ context.Context, in engine.PostInput) (engine.Posted, error) {
	return engine.Posted{SaleID: "06h04ama4hrkhd4o6fsi1ltng8", MemberID: in.Sale.MemberID, Total: in.Sale.Sum, Earned: 14}, nil
}

// BenchmarkSale is what a sale costs apart from being recorded: key, body, checks, answer.
func BenchmarkSale(b *testing.B) {
	catalog, err := locales.New()
	if err != nil {
		b.Fatal(err)
	}
	preset, _ := rules.LookupPreset("horeca")
	s := preset.Draft("Test", hryvnia, time.UTC, []string{"uk"}, 25000)
	handler := tills.New(tills.Config{Engine: instant{program: engine.Program{ID: "p", Settings: &s}}, Catalog: catalog, Logger: slog.New(slog.DiscardHandler)})
	for _, c := range []struct {
		name, path string
		body       []byte
		sales      int
	}{
		{"alone", "sales", encode(b, check("R-1", object{"customer_id": "m"})), 1},
		{"batch", "batches", encode(b, object{"items": manySales(500, []string{"m"})}), 500},
	} {
		b.Run(c.name, func(b *testing.B) {
			reader := bytes.NewReader(nil)
			q := httptest.NewRequest(http.MethodPost, tills.Path+c.path, io.NopCloser(reader))
			q.Header.Set("Authorization", "Bearer kt_p_0")
			q.Header.Set("Content-Type", "application/json")
			q.Header.Set("Idempotency-Key", "sale-0001")
			b.ReportAllocs()
			for b.Loop() {
				reader.Reset(c.body)
				q.Body = io.NopCloser(reader)
				w := silent{header: http.Header{}}
				if handler.ServeHTTP(&w, q); w.status >= 300 {
					b.Fatal(w.status)
				}
			}
			b.ReportMetric(float64(b.N*c.sales)/b.Elapsed().Seconds(), "sales/s")
		})
	}
}

// silent writes to nobody.
type silent struct {
	header http.Header
	status int
}

func (w *silent) Header() http.Header         { return w.header }
func (w *silent) WriteHeader(status int)      { w.status = status }
func (w *silent) Write(p []byte) (int, error) { return len(p), nil }

// manySales are items of a batch, of members in turn.
func manySales(n int, members []string) (items []object) {
	for i := range n {
		no := fmt.Sprintf("sale-%06d", i)
		items = append(items, item(i, no, "sale", "", check(no, object{"customer_id": members[i%len(members)]})))
	}
	return items
}

// BenchmarkSaleEndToEnd is a sale from the request to the disk and back, one at a time and in batches.
func BenchmarkSaleEndToEnd(b *testing.B) {
	w := newWorld(b, sqlite(b))
	c := w.till(b, "1")
	var members []string
	for range 200 {
		members = append(members, w.join(b, engine.JoinInput{}).ID)
	}
	post := func(b *testing.B, path, k string, body []byte) {
		q, err := http.NewRequestWithContext(b.Context(), http.MethodPost, w.url+tills.Path+path, bytes.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		q.Header.Set("Authorization", "Bearer "+c.key)
		q.Header.Set("Content-Type", "application/json")
		q.Header.Set("Idempotency-Key", k)
		got, err := http.DefaultClient.Do(q)
		if err != nil {
			b.Fatal(err)
		}
		defer got.Body.Close()
		if _, err := io.Copy(io.Discard, got.Body); err != nil || got.StatusCode >= 300 {
			b.Fatal(got.StatusCode, err)
		}
	}
	n := 0
	b.Run("alone", func(b *testing.B) {
		for b.Loop() {
			n++
			k := fmt.Sprintf("alone-%08d", n)
			post(b, "sales", k, encode(b, check(k, object{"customer_id": members[n%len(members)]})))
		}
	})
	b.Run("batch", func(b *testing.B) {
		for b.Loop() {
			var items []object
			for i := range 500 {
				n++
				k := fmt.Sprintf("batch-%08d", n)
				items = append(items, item(i, k, "sale", "", check(k, object{"customer_id": members[n%len(members)]})))
			}
			post(b, "batches", "batch-0001", encode(b, object{"items": items}))
		}
		b.ReportMetric(float64(b.N*500)/b.Elapsed().Seconds(), "sales/s")
	})
}
