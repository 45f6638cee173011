package talk_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kartka/bots"
	"kartka/bots/dialog/talk"
)

const uuid36 = "01927f3e-5b7a-7c31-9d2e-0a1b2c3d4e5f"

func TestParseIDReadsWhatIDMakes(t *testing.T) {
	for _, c := range []struct {
		id   string
		want talk.Pressed
	}{
		{"v1|guest|home", talk.Pressed{Flow: "guest", Action: "home"}},
		{"v1|guest|why|" + uuid36, talk.Pressed{Flow: "guest", Action: "why", Arg: uuid36}},
		{"v1|guest|join||1z141z3", talk.Pressed{Flow: "guest", Action: "join", Mark: "1z141z3"}},
		{"v1|staff|pick|" + uuid36 + "|1z141z3", talk.Pressed{Flow: "staff", Action: "pick", Arg: uuid36, Mark: "1z141z3"}},
		{"v1|owner|w|zone.Europe:Kyiv|m", talk.Pressed{Flow: "owner", Action: "w", Arg: "zone.Europe:Kyiv", Mark: "m"}},
	} {
		got, ok := talk.ParseID(c.id)
		if !ok || got != c.want {
			t.Errorf("ParseID(%q) = %+v, %v; want %+v", c.id, got, ok, c.want)
		}
		if id := talk.ID(got.Flow, got.Action, got.Arg, got.Mark); id != c.id {
			t.Errorf("ID of %+v is %q, want %q", got, id, c.id)
		}
	}
}

func TestParseIDRefusesWhatIDNeverMakes(t *testing.T) {
	for _, id := range []string{
		"", "v1", "v1|", "v1|guest", "v1|guest|", "v1||home", "|guest|home", "v1|||", "||||", "v2|guest|home", "V1|guest|home", " v1|guest|home",
		"v1|guest|home|", "v1|guest|home||", "v1|guest|why|x|", "v1|guest|why|x|m|n", "v1|guest|why|x|m|",
		"v1|guest|home\n", "v1|guest|ho me", "v1|guest|home|é", "v1|guest|home|١", "v1|guest|home|\x00", "v1|guest|home|<b>", "v1|guest|home|{{.}}",
		"v1|guest|home|" + strings.Repeat("a", 51), strings.Repeat("v1|", 30), strings.Repeat("🍎", 20), "v1\tguest\thome", `{"v":1}`,
	} {
		if got, ok := talk.ParseID(id); ok {
			t.Errorf("ParseID(%q) is taken for %+v", id, got)
		}
	}
	if _, ok := talk.ParseID("v1|guest|home|" + strings.Repeat("a", 50)); !ok {
		t.Error("an id of 64 bytes is refused")
	}
}

// An id is read as what it was made of, and every id that is read is spelled in the one way it is made in.
func TestIDRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := talk.Pressed{
			Flow:   rapid.SampledFrom([]string{"guest", "staff", "owner"}).Draw(t, "flow"),
			Action: rapid.StringMatching(`[a-z][a-z0-9]{0,7}`).Draw(t, "action"),
			Arg:    rapid.StringMatching(`[A-Za-z0-9_.:+-]{0,36}`).Draw(t, "arg"),
			Mark:   rapid.StringMatching(`[a-z0-9]{0,7}`).Draw(t, "mark"),
		}
		id := talk.ID(want.Flow, want.Action, want.Arg, want.Mark)
		if len(id) > 64 {
			t.Fatalf("%q has %d bytes", id, len(id))
		}
		if got, ok := talk.ParseID(id); !ok || got != want {
			t.Fatalf("ParseID(%q) = %+v, %v; want %+v", id, got, ok, want)
		}
	})
}

func FuzzParseID(f *testing.F) {
	for _, seed := range []string{"v1|guest|home", "v1|staff|pick|" + uuid36 + "|1z141z3", "v1|guest|home|||", "v1|🍎|x", "v1|a|b|c|d|e", strings.Repeat("|", 64)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, id string) {
		p, ok := talk.ParseID(id)
		switch {
		case !ok && p != (talk.Pressed{}):
			t.Errorf("%q is refused and still says %+v", id, p)
		case ok && (len(id) > 64 || p.Flow == "" || p.Action == "" || talk.ID(p.Flow, p.Action, p.Arg, p.Mark) != id):
			t.Errorf("%q is taken for %+v", id, p)
		}
	})
}

func TestButtonsStandInRowsAndColumns(t *testing.T) {
	yes, no := talk.Button("Yes", "guest", "yes", uuid36, ""), talk.Button("No", "guest", "no", uuid36, "m")
	if yes != (bots.Button{Text: "Yes", ID: "v1|guest|yes|" + uuid36}) || no.ID != "v1|guest|no|"+uuid36+"|m" {
		t.Errorf("buttons are %+v and %+v", yes, no)
	}
	if row := talk.Row(yes, no); !slices.Equal(row, []bots.Button{yes, no}) {
		t.Errorf("row is %+v", row)
	}
	if column := talk.Column(yes, no); len(column) != 2 || !slices.Equal(column[0], []bots.Button{yes}) || !slices.Equal(column[1], []bots.Button{no}) {
		t.Errorf("column is %+v", column)
	}
}
