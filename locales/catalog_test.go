package locales

import (
	"strings"
	"testing"
	"testing/fstest"
)

// newCatalog loads the embedded messages.
func newCatalog(tb testing.TB) *Catalog {
	tb.Helper()
	c, err := New()
	if err != nil {
		tb.Fatalf("New: %v", err)
	}
	return c
}

// loadWith loads the embedded calendars and, in addition, the given files.
func loadWith(tb testing.TB, extra map[string]string) (*Catalog, error) {
	tb.Helper()
	fsys := make(fstest.MapFS)
	for _, lang := range Languages() {
		for _, subject := range []string{"calendar", "common"} {
			name := string(lang) + "/" + subject + ".toml"
			data, err := files.ReadFile(name)
			if err != nil {
				tb.Fatalf("read embedded file: %v", err)
			}
			fsys[name] = &fstest.MapFile{Data: data}
		}
	}
	for name, data := range extra {
		fsys[name] = &fstest.MapFile{Data: []byte(data)}
	}
	return load(fsys)
}

func TestLoadRefuses(t *testing.T) {
	tests := []struct{ name, file, want string }{
		{"no toml", "guest.a = ", "uk/guest.toml"},
		{"foreign subject", `staff.a = "x"`, `id "staff.a" does not begin with "guest."`},
		{"same key twice", "guest.a = \"x\"\nguest.a = \"y\"", "uk/guest.toml"},
		{"key below a key", "guest.a = \"x\"\nguest.a.btn = \"y\"", "uk/guest.toml"},
		{"misspelt form", "guest.a.one = \"x\"\nguest.a.fwe = \"y\"", "mixed"},
		{"no other", `guest.a.one = "x"`, "no text for the form other"},
		{"empty text", `guest.a = ""`, "no text for the form other"},
		{"no such form", "guest.a.two = \"x\"\nguest.a.other = \"y\"", "zero and two"},
		{"bad markup", `guest.a = "<u>x</u>"`, "uk/guest.toml: guest.a: other: unknown tag"},
		{"bad placeholder", "guest.a.few = \"{{Name}}\"\nguest.a.other = \"y\"", "guest.a: few: bad placeholder"},
		{"all faults at once", "guest.a = \"<\"\nguest.b = \"&\"", "guest.b: other: bare &"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := loadWith(t, map[string]string{"uk/guest.toml": tt.file})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
}

func TestLoadNeedsTheCalendar(t *testing.T) {
	_, err := load(fstest.MapFS{"en/common.toml": {Data: []byte(`common.x = "x"`)}})
	if err == nil || !strings.Contains(err.Error(), `uk has no message "calendar.month.1"`) {
		t.Errorf("got %v, want the missing months", err)
	}
}

func TestUnknownLanguageIsEnglish(t *testing.T) {
	c := newCatalog(t)
	if got := c.Printer("de").Language(); got != EN {
		t.Errorf("language = %s, want en", got)
	}
}

func TestReadyMadeUnits(t *testing.T) {
	c := newCatalog(t)
	if len(c.Units()) == 0 {
		t.Fatal("no units")
	}
	for _, id := range c.Units() {
		if missing := c.Unit(id).Missing(Languages()...); len(missing) > 0 {
			t.Errorf("unit %s lacks %v", id, missing)
		}
	}
	if c.Unit("no such unit") != nil {
		t.Error("an unknown unit has names")
	}
}
