package talk_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kartka/bots/dialog/talk"
)

type form struct {
	Name string `json:"name,omitempty"`
	Sum  int64  `json:"sum,omitempty"`
}

func TestSessionRoundTrip(t *testing.T) {
	want := talk.In("staff", "sale", form{Name: "Дәулет", Sum: 1<<62 + 1}).Marked("1z141z3")
	raw, err := want.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got := talk.DecodeSession(raw)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("session changed (-stored +read):\n%s", diff)
	}
	if !got.At("staff", "sale") || got.At("staff", "home") || got.At("guest", "sale") {
		t.Errorf("the session is at the wrong step: %+v", got)
	}
	if data := talk.Data[form](got, "staff"); data != (form{"Дәулет", 1<<62 + 1}) {
		t.Errorf("data is %+v", data)
	}
	if data := talk.Data[form](got, "owner"); data != (form{}) {
		t.Errorf("another conversation reads %+v", data)
	}
}

func TestSessionsThatCannotBeReadBeginAnew(t *testing.T) {
	for name, raw := range map[string]string{
		"nothing": "", "null": "null", "cut off": `{"flow":"staff","step":"sa`, "another shape": `["staff","sale"]`, "a number": `7`, "a wrong type": `{"flow":7,"step":"sale"}`,
		"a late wrong type": `{"flow":"staff","step":"sale","mark":{}}`, "no JSON": "\x00\xff", "two values": `{"flow":"staff"}{}`,
	} {
		if got := talk.DecodeSession([]byte(raw)); !cmp.Equal(got, talk.Session{}) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	// What a newer program has added is no reason to forget where the person is.
	if got := talk.DecodeSession([]byte(`{"flow":"staff","step":"sale","theme":"dark"}`)); !got.At("staff", "sale") {
		t.Errorf("with an unknown field: %+v", got)
	}
}

func TestDataOfAnotherShapeIsZero(t *testing.T) {
	for name, raw := range map[string]string{"another type": `"x"`, "another field type": `{"name":"Ола","sum":"12"}`, "cut off": `{"name":`, "nothing": ""} {
		s := talk.Session{Flow: "staff", Data: []byte(raw)}
		if got := talk.Data[form](s, "staff"); got != (form{}) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if s := talk.In("staff", "sale", func() {}); s.Data != nil || !s.At("staff", "sale") {
		t.Errorf("data that is no JSON is kept as %s", s.Data)
	}
}

func FuzzDecodeSession(f *testing.F) {
	for _, seed := range []string{"", "null", `{"flow":"staff","step":"sale","mark":"m","data":{"sum":1}}`, `{"data":[1,2`, `{"data":null}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		s := talk.DecodeSession(raw)
		encoded, err := s.Encode()
		if err != nil {
			t.Fatalf("%q is read as %+v, which cannot be written: %v", raw, s, err)
		}
		again, err := talk.DecodeSession(encoded).Encode()
		if err != nil || !bytes.Equal(encoded, again) {
			t.Errorf("%s is stored again as %s, %v", encoded, again, err)
		}
	})
}

func TestMarksAreOfTheDeed(t *testing.T) {
	a := view(t, "uk")
	a.Event.Key = "u:1"
	b := a
	if a.NewMark() != b.NewMark() {
		t.Error("a deed that is handled again makes another mark")
	}
	b.Event.Key = "u:2"
	if a.NewMark() == b.NewMark() {
		t.Error("two deeds make the same mark")
	}
	c := a
	c.Event.From.UserID = "8"
	if a.NewMark() == c.NewMark() {
		t.Error("two people make the same mark")
	}
	if mark := a.NewMark(); len(mark) == 0 || len(mark) > 7 {
		t.Errorf("mark %q does not fit beside an id of 36 characters", mark)
	}
}
