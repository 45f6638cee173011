package engine_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"kartka/engine"
	"kartka/engine/segment"
)

func TestSegments(t *testing.T) {
	each(t, func(t *testing.T, open func(t *testing.T) *world) {
		w := open(t)
		settings := w.draft(t)
		p := w.newProgram(t, settings)
		w.attach(t, p)
		marketer, _ := w.hire(t, p, "ads", engine.RoleMarketer)
		cashier, _ := w.hire(t, p, "till", engine.RoleCashier)
		var guests []engine.Member
		for i := range 3 {
			guests = append(guests, w.join(t, p, engine.JoinInput{ContactID: w.meet(t, p, fmt.Sprint("guest", i)).ID}))
		}
		read := func(text string) segment.Expr {
			t.Helper()
			x, err := w.engine.ReadSegment(t.Context(), p.ID, text, nil)
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			return x
		}
		counts := func(text string, want int) {
			t.Helper()
			n, err := w.engine.CountSegment(t.Context(), p.ID, read(text))
			if err != nil || n != want {
				t.Errorf("%s: %d, %v; want %d", text, n, err, want)
			}
		}
		save := func(in engine.SaveSegmentInput) (engine.Segment, error) {
			in.ProgramID = p.ID
			return w.engine.SaveSegment(t.Context(), in)
		}

		counts("everyone", 3)
		counts("in(never) and joined <= 1d", 3)
		counts("language = kk", 0) // which the shop does not speak, and a guest may
		if _, err := w.engine.SetTags(t.Context(), engine.TagsInput{ProgramID: p.ID, MemberID: guests[0].ID, Tags: []string{"VIP"}}); err != nil {
			t.Fatal(err)
		}
		counts("tag = vip", 1) // at once

		vip, err := save(engine.SaveSegmentInput{Name: " Наші  VIP ", Expr: read("tag = vip"), StaffID: marketer.ID})
		if err != nil || vip.Name != "Наші VIP" {
			t.Fatalf("%+v, %v", vip, err)
		}
		counts(`not in("наші vip")`, 2)
		frozen, err := save(engine.SaveSegmentInput{Name: "Того дня", Expr: read(`in("Наші VIP")`), Freeze: true})
		if err != nil || frozen.Size != 1 {
			t.Fatalf("%+v, %v", frozen, err)
		}
		if _, err := w.engine.SetTags(t.Context(), engine.TagsInput{ProgramID: p.ID, MemberID: guests[1].ID, Tags: []string{"vip"}}); err != nil {
			t.Fatal(err)
		}
		counts(`in("Наші VIP")`, 2)
		counts(`in("Того дня")`, 1)
		again, err := save(engine.SaveSegmentInput{ID: frozen.ID, Name: "Колись", Expr: read("everyone"), Freeze: true})
		if err != nil || again.Size != 1 || !again.Frozen {
			t.Errorf("a frozen segment became %+v, %v", again, err)
		}
		counts("in(Колись)", 1)

		once, err := save(engine.SaveSegmentInput{Key: "k", Name: "Раз", Expr: read("everyone"), Freeze: true})
		if err != nil || once.Size != 3 {
			t.Fatalf("%+v, %v", once, err)
		}
		if again, err := save(engine.SaveSegmentInput{Key: "k", Name: "Раз", Expr: read("visits = 1")}); err != nil || again.ID != once.ID || !again.Frozen || again.Size != 3 {
			t.Errorf("saved again with the same key: %+v, %v", again, err)
		}
		if err := w.engine.DeleteSegment(t.Context(), p.ID, marketer.ID, once.ID); err != nil {
			t.Error(err)
		}

		var problem *segment.Problem
		_, err = save(engine.SaveSegmentInput{ID: vip.ID, Name: "Наші VIP", Expr: segment.Not{X: segment.Cond{Fact: "in", Of: vip.ID}}})
		if !errors.As(err, &problem) || problem.ID != segment.ProblemLoop {
			t.Errorf("a segment of itself: %v", err)
		}
		counts(`in("Наші VIP")`, 2)
		for what, c := range map[string]struct {
			in   engine.SaveSegmentInput
			kind engine.Kind
		}{
			"no name":       {engine.SaveSegmentInput{Name: "  ", Expr: segment.All{}}, engine.KindInvalid},
			"a name taken":  {engine.SaveSegmentInput{Name: "НАШІ vip", Expr: segment.All{}}, engine.KindTaken},
			"not there":     {engine.SaveSegmentInput{ID: "nothing", Name: "x", Expr: segment.All{}}, engine.KindNotFound},
			"by a cashier":  {engine.SaveSegmentInput{Name: "x", Expr: segment.All{}, StaffID: cashier.ID}, engine.KindForbidden},
			"by a stranger": {engine.SaveSegmentInput{Name: "x", Expr: segment.All{}, StaffID: "nobody"}, engine.KindNotFound},
		} {
			if _, err := save(c.in); !engine.IsKind(err, c.kind) {
				t.Errorf("%s: %v", what, err)
			}
		}
		all, err := w.engine.Segments(t.Context(), p.ID)
		if err != nil || !slices.Equal(names(all), []string{"Колись", "Наші VIP"}) {
			t.Errorf("%v, %v", names(all), err)
		}

		asks, err := save(engine.SaveSegmentInput{Name: "Інші", Expr: read(`not in("Наші VIP")`)})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.engine.DeleteSegment(t.Context(), p.ID, marketer.ID, vip.ID); !engine.IsKind(err, engine.KindConflict) {
			t.Errorf("a segment that another asks about: %v", err)
		}
		for _, id := range []string{asks.ID, vip.ID, frozen.ID} {
			if err := w.engine.DeleteSegment(t.Context(), p.ID, marketer.ID, id); err != nil {
				t.Error(err)
			}
		}
		if _, err := w.engine.ReadSegment(t.Context(), p.ID, `in("Наші VIP")`, nil); !errors.As(err, &problem) || problem.ID != segment.ProblemUnknown {
			t.Errorf("a segment that is gone: %v", err)
		}
	})
}

func names(all []engine.Segment) (names []string) {
	for _, s := range all {
		names = append(names, s.Name)
	}
	return names
}
