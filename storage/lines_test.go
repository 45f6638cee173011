package storage

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
)

func TestLinesText(t *testing.T) {
	lines := []engine.SaleLine{
		{No: 1, Line: rules.Line{Name: "Флет-вайт «Ґ»", Category: "кава", Quantity: 2000, Net: 16_000}, LineResult: rules.LineResult{Earn: 8}},
		{No: 2},
		{No: 4, Line: rules.Line{Ref: "x", SKU: "4820", Name: "\"", Category: "c", Quantity: -1, Net: 2, NoEarn: true, NoRedeem: true},
			LineResult:  rules.LineResult{Discount: 3, RedeemMoney: 4, RedeemPoints: 5, Certificate: 6, Earn: 7},
			ReturnedQty: 8, ReturnedNet: 9, ReturnedCash: 10, ReturnedGift: 11, ReversedEarn: 12, ReversedRedeem: 13},
	}
	const want = `[{"t":"Флет-вайт «Ґ»","c":"кава","q":2000,"n":16000,"e":8},{},` +
		`{"no":4,"i":"x","s":"4820","t":"\"","c":"c","q":-1,"n":2,"xe":1,"xr":1,"d":3,"m":4,"p":5,"g":6,"e":7,"rq":8,"rn":9,"rc":10,"rg":11,"re":12,"rp":13}]`
	if got, err := encodeLines(lines); err != nil || got != want {
		t.Errorf("the text is %s, %v", got, err)
	}
	if back, err := decodeLines(nil, want); err != nil || !slices.Equal(back, lines) {
		t.Errorf("read back are %+v, %v", back, err)
	}
	goods := engine.SaleLine{No: 4, Line: lines[2].Line, ReturnedQty: 8, ReturnedNet: 9}
	if back, err := decodeGoods(want); err != nil || back[2] != goods {
		t.Errorf("the goods are %+v, %v", back, err)
	}
	if text, err := encodeLines(nil); err != nil || text != "" {
		t.Errorf("no lines are %q, %v", text, err)
	}
	if none, err := decodeLines(nil, ""); err != nil || len(none) != 0 {
		t.Errorf("no lines are read as %v, %v", none, err)
	}
	for _, wrong := range []string{"[", "{}", "[]", "[{]", "[{},]", `[{"q"}]`, `[{"q":}]`, `[{"q":1,}]`, `[{"q":"1"}]`, `[{"t":1}]`, `[{"z":1}]`, `[{"q":1}`, `[{"q":1}]]`, "[{}{}]", "[null]"} {
		if got, err := decodeLines(nil, wrong); err == nil {
			t.Errorf("%s is read as %+v", wrong, got)
		}
	}
}

// TestLinesKeepEveryField fills lines at random, by reflection, so that a field that is added to them is not forgotten here.
func TestLinesKeepEveryField(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := make([]engine.SaleLine, rapid.IntRange(0, 4).Draw(t, "lines"))
		for i := range lines {
			fill(t, reflect.ValueOf(&lines[i]).Elem())
		}
		text, err := encodeLines(lines)
		if err != nil || text != "" && !json.Valid([]byte(text)) {
			t.Fatalf("%+v is written as %s, %v", lines, text, err)
		}
		if back, err := decodeLines(nil, text); err != nil || !slices.Equal(back, lines) {
			t.Fatalf("%s is read as %+v, %v", text, back, err)
		}
	})
}

func fill(t *rapid.T, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i))
		}
	case reflect.String:
		v.SetString(rapid.String().Filter(storable).Draw(t, "text"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "flag"))
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.OneOf(rapid.Int64Range(0, 3), rapid.Int64Min(0)).Draw(t, "number"))
	default:
		t.Fatalf("a field is a %s", v.Type())
	}
}

// FuzzLines: any text is an error, or lines that are written and read again as they are.
func FuzzLines(f *testing.F) {
	f.Add(`[{"t":"Флет-вайт","q":1000,"n":8000,"xe":1},{},{"no":9,"rq":-1}]`)
	f.Add(`[{"s":"\ud83d\ude00\/","no":0,"no":2}]`)
	f.Fuzz(func(t *testing.T, text string) {
		lines, err := decodeLines(nil, text)
		if err != nil || !storable(text) {
			return
		}
		again, err := encodeLines(lines)
		if err != nil {
			return // something returned is below zero
		}
		if back, err := decodeLines(nil, again); err != nil || !slices.Equal(back, lines) {
			t.Errorf("%q is read as %+v, then as %+v, %v", text, lines, back, err)
		}
	})
}

func TestTendersText(t *testing.T) {
	tenders := []engine.Tender{{Kind: engine.TenderCash, Amount: 1300}, {Kind: engine.TenderCard}, {Kind: engine.TenderPoints, Amount: -1}, {Kind: engine.TenderOther, Amount: 2},
		{Kind: engine.TenderGift, Amount: 3}, {Kind: engine.TenderHouse, Amount: 4}}
	const want = `[["cash",1300],["card",0],["points",-1],["other",2],["gift",3],["house",4]]`
	if got, err := encodeTenders(tenders); err != nil || got != want {
		t.Errorf("the text is %s, %v", got, err)
	}
	if back, err := decodeTenders(want); err != nil || !slices.Equal(back, tenders) {
		t.Errorf("read back are %v, %v", back, err)
	}
	if text, err := encodeTenders(nil); err != nil || text != "" {
		t.Errorf("no tenders are %q, %v", text, err)
	}
	if none, err := decodeTenders(""); err != nil || none != nil {
		t.Errorf("no tenders are read as %v, %v", none, err)
	}
	for _, wrong := range []string{"[", "[]", `[["cash"]]`, `[["cash",1,2]]`, `[["cash",1]`, `[["cash",1]]x`, `[[1,"cash"]]`} {
		if got, err := decodeTenders(wrong); err == nil {
			t.Errorf("%s is read as %v", wrong, got)
		}
	}
}

func BenchmarkLines(b *testing.B) {
	lines := make([]engine.SaleLine, 3)
	for i := range lines {
		lines[i] = engine.SaleLine{No: i + 1, Line: rules.Line{Name: "Капучино", Category: "coffee", Quantity: 1000, Net: 8000}, LineResult: rules.LineResult{Earn: money.Points(4)}}
	}
	text, err := encodeLines(lines)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("encode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := encodeLines(lines); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := decodeLines(nil, text); err != nil {
				b.Fatal(err)
			}
		}
	})
}
