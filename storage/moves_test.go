package storage

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"testing"

	"kartka/engine"
	"kartka/engine/ledger"
	"kartka/engine/money"
)

func TestMovesText(t *testing.T) {
	moves := []ledger.Move{{LotID: "018f0000-0000-7000-8000-000000000001", Points: 50, Contra: ledger.ContraEarn}, {Points: -20, Contra: ledger.ContraDebt},
		{LotID: "\"\\\n\x01Ґ", Points: math.MinInt64, Contra: ledger.ContraTransfer}}
	const want = `[["018f0000-0000-7000-8000-000000000001",50,"earn"],["",-20,"debt"],["\"\\\u000a\u0001Ґ",-9223372036854775808,"transfer"]]`
	if got := encodeMoves(moves); got != want {
		t.Errorf("the text is %s", got)
	}
	back, err := decodeMoves(moves[:1:1], want)
	if err != nil || !slices.Equal(back[1:], moves) {
		t.Errorf("read back are %v, %v", back, err)
	}
	if none, err := decodeMoves(nil, encodeMoves(nil)); err != nil || len(none) != 0 {
		t.Errorf("no moves are %v, %v", none, err)
	}
	for _, wrong := range []string{"[", "[]", "]", "{}", "null", " ", `[["l",1,"earn"]`, `[["l",1,"earn"],]`, `[["l",1,"earn"]]]`, `[["l",1]]`, `[["l",1,"earn",2]]`, `[["l","1","earn"]]`,
		`[[1,1,"earn"]]`, `[["l",1.5,"earn"]]`, `[["l",--1,"earn"]]`, `[["l",,"earn"]]`, `[["l",9223372036854775808,"earn"]]`, `[["l`, `[["l\`, `[["\u12",1,"earn"]]`, `[["\x",1,"earn"]]`} {
		if got, err := decodeMoves(nil, wrong); err == nil {
			t.Errorf("%s is read as %v", wrong, got)
		}
	}
}

// FuzzMoves: what was written is read again, any other text is an error or moves, and it is always JSON.
func FuzzMoves(f *testing.F) {
	f.Add("l", int64(50), "", int64(-20), `[["l",1,"earn"]]`)
	f.Add("\"\\\t", int64(math.MinInt64), "\u2028Ґ", int64(math.MaxInt64), `[["\ud83d\ude00",-0,"\u00e9"]]`)
	f.Add("a\x00b", int64(0), "a\xffb", int64(1), `[["\ud83d",01,""]]`)
	f.Fuzz(func(t *testing.T, lot string, points int64, other string, more int64, any string) {
		moves := []ledger.Move{{LotID: lot, Points: money.Points(points), Contra: ledger.ContraBurn}, {LotID: other, Points: money.Points(more), Contra: ledger.ContraEarn}}
		text := encodeMoves(moves)
		if storable(lot) && storable(other) && !json.Valid([]byte(text)) {
			t.Errorf("%q is no JSON", text)
		}
		if (storable(lot) && storable(other)) != storable(text) {
			t.Errorf("%q can be stored: %v", text, storable(text))
		}
		if back, err := decodeMoves(nil, text); storable(text) && (err != nil || !slices.Equal(back, moves)) {
			t.Errorf("%q is read as %v, %v", text, back, err)
		}
		read, err := decodeMoves(nil, any)
		if err != nil || !storable(any) {
			return
		}
		if again, err := decodeMoves(nil, encodeMoves(read)); err != nil || !slices.Equal(again, read) {
			t.Errorf("%q is read as %v, then as %v, %v", any, read, again, err)
		}
	})
}

func TestChangeOf(t *testing.T) {
	const most = 100
	for _, n := range []int{1, fewMoves, fewMoves + 1, most} { // with and without an index
		var plan ledger.Plan
		want := map[string]lotChange{}
		for i := range n {
			id := fmt.Sprint(i % 40)
			plan.Moves = append(plan.Moves, ledger.Move{LotID: id, Points: -5, Contra: []ledger.Contra{ledger.ContraBurn, ledger.ContraExpire}[i%2]})
			l := want[id]
			l.id, l.points = id, l.points-5
			l.expired += money.Points(i % 2 * 5)
			want[id] = l
		}
		plan.Moves = append(plan.Moves, ledger.Move{Points: -7, Contra: ledger.ContraBurn}, ledger.Move{LotID: "new", Points: 9, Contra: ledger.ContraEarn},
			ledger.Move{LotID: "new", Points: -2, Contra: ledger.ContraDebt}, ledger.Move{Points: 2, Contra: ledger.ContraDebt})
		plan.NewLots = []ledger.Lot{{ID: "new", Points: 9, Remaining: 7}}
		want["new"] = lotChange{id: "new", points: 7, opened: &plan.NewLots[0]}
		c, err := changeOf(engine.Posting{AccountID: "a", Points: plan.Net()}, plan)
		if err != nil {
			t.Fatal(err)
		}
		if c.net != money.Points(-5*n+2) || c.debt != 5 || len(c.lots) != len(want) || c.lots[0].id != "0" || c.lots[len(c.lots)-1].id != "new" {
			t.Errorf("%d moves come to %+v", n, c)
		}
		for _, l := range c.lots {
			if l != want[l.id] {
				t.Errorf("lot %s: %+v, want %+v", l.id, l, want[l.id])
			}
		}
	}
}

func BenchmarkMoves(b *testing.B) {
	moves := []ledger.Move{{LotID: "018f0000-0000-7000-8000-000000000001", Points: -50, Contra: ledger.ContraBurn}, {LotID: "018f0000-0000-7000-8000-000000000002", Points: 4, Contra: ledger.ContraEarn}}
	text := encodeMoves(moves)
	b.Run("encode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			encodeMoves(moves)
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		var into []ledger.Move
		for b.Loop() {
			into, _ = decodeMoves(into[:0], text)
		}
	})
	b.Run("change", func(b *testing.B) {
		b.ReportAllocs()
		p := engine.Posting{AccountID: "a", Points: -46}
		plan := ledger.Plan{Moves: moves, NewLots: []ledger.Lot{{ID: moves[1].LotID, Points: 4, Remaining: 4}}}
		for b.Loop() {
			if _, err := changeOf(p, plan); err != nil {
				b.Fatal(err)
			}
		}
	})
}
