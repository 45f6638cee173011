package locales

import (
	"errors"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// testPrinters loads a small subject in English and Ukrainian; guest.english is English only.
func testPrinters(t *testing.T) *Catalog {
	t.Helper()
	c, err := loadWith(t, map[string]string{
		"en/guest.toml": `
guest.hello = "Hi, <b>{{.Name}}</b> &amp; friends!"
guest.link = '<a href="{{.URL}}">{{.Name}}</a>'
guest.english = "{{.Count}} in English"
guest.left.one = "{{.Count}} visit left at {{.Shop}}"
guest.left.other = "{{.Count}} visits left at {{.Shop}}"
guest.long = """
First.

Second.
"""
`,
		"uk/guest.toml": `
guest.hello = "Вітаємо, <b>{{.Name}}</b> &amp; друзі!"
guest.link = '<a href="{{.URL}}">{{.Name}}</a>'
guest.left.one = "<i>{{.Count}}</i> візит у {{.Shop}}"
guest.left.few = "<i>{{.Count}}</i> візити у {{.Shop}}"
guest.left.many = "<i>{{.Count}}</i> візитів у {{.Shop}}"
guest.left.other = "<i>{{.Count}}</i> візиту у {{.Shop}}"
`,
	})
	if err != nil {
		t.Fatalf("load: %v", err)
	}
	return c
}

func TestPrint(t *testing.T) {
	c := testPrinters(t)
	en, uk := c.Printer(EN), c.Printer(UK)
	nasty := `<i>"A" & B</i>`
	tests := []struct{ name, got, want string }{
		{"plain drops tags", uk.T("guest.hello", Args{"Name": "Олена"}), "Вітаємо, Олена & друзі!"},
		{"plain leaves arguments alone", uk.T("guest.hello", Args{"Name": nasty}), "Вітаємо, " + nasty + " & друзі!"},
		{"rich keeps tags and escapes arguments", string(uk.Rich("guest.hello", Args{"Name": nasty})),
			"Вітаємо, <b>&lt;i&gt;&quot;A&quot; &amp; B&lt;/i&gt;</b> &amp; друзі!"},
		{"rich inserts safe text", string(uk.Rich("guest.hello", Args{"Name": Safe("<i>A</i>")})), "Вітаємо, <b><i>A</i></b> &amp; друзі!"},
		{"plain strips safe text", uk.T("guest.hello", Args{"Name": Safe("<i>A</i> &lt; B")}), "Вітаємо, A < B & друзі!"},
		{"an address cannot break out", string(en.Rich("guest.link", Args{"URL": `x"><b>`, "Name": "n"})), `<a href="x&quot;&gt;&lt;b&gt;">n</a>`},
		{"arguments are not templates", uk.T("guest.hello", Args{"Name": "{{.Name}}"}), "Вітаємо, {{.Name}} & друзі!"},
		{"integers are grouped", en.T("guest.hello", Args{"Name": 12500}), "Hi, 12,500 & friends!"},
		{"int64 and int32 too", en.T("guest.link", Args{"Name": int64(-1234), "URL": int32(7)}), minus + "1,234"},
		{"other values as fmt prints them", en.T("guest.link", Args{"Name": errors.New("<e>")}), "<e>"},
		{"and escaped", string(en.Rich("guest.hello", Args{"Name": errors.New("<e>")})), "Hi, <b>&lt;e&gt;</b> &amp; friends!"},
		{"nil prints nothing", en.T("guest.hello", Args{"Name": nil}), "Hi,  & friends!"},
		{"a panicking argument", en.T("guest.link", Args{"Name": (*time.Time)(nil)}), "<nil>"},
		{"the first set of arguments wins", en.T("guest.link", Args{"Name": "1"}, Args{"Name": "2"}), "1"},
		{"one", uk.N("guest.left", 21, Args{"Shop": "Кава"}), "21 візит у Кава"},
		{"few", uk.N("guest.left", 2, Args{"Shop": "Кава"}), "2 візити у Кава"},
		{"many", uk.N("guest.left", 1_000_000, Args{"Shop": "Кава"}), "1\u00a0000\u00a0000 візитів у Кава"},
		{"negative", uk.N("guest.left", -3, Args{"Shop": "Кава"}), minus + "3 візити у Кава"},
		{"rich plural", string(uk.RichN("guest.left", 5, Args{"Shop": "<"})), "<i>5</i> візитів у &lt;"},
		{"own count", en.N("guest.left", 5, Args{"Shop": "A", "Count": "5+"}), "5+ visits left at A"},
		{"plural without a number", uk.T("guest.left", Args{"Count": "1,5", "Shop": "A"}), "1,5 візиту у A"},
		{"newlines at the ends", en.T("guest.long"), "First.\n\nSecond."},
		{"count of a message without forms", en.N("guest.english", 1), "1 in English"},
		{"fallback to English", uk.N("guest.english", 1234), "1,234 in English"},
		{"unknown key", uk.T("guest.nothing"), "[guest.nothing]"},
		{"unknown key, rich", string(uk.Rich("<b>")), "[&lt;b&gt;]"},
		{"unknown key, plural", uk.N("", 1), "[]"},
		{"unknown key, rich plural", string(uk.RichN("guest.", 1)), "[guest.]"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, tt.got, tt.want)
		}
	}
	if !en.Has("guest.english") || uk.Has("guest.english") {
		t.Error("Has must tell a language's own messages")
	}
}

func TestOnMissing(t *testing.T) {
	c := testPrinters(t)
	var got []string
	c.OnMissing = func(lang Language, key, arg string) { got = append(got, string(lang)+" "+key+" "+arg) }
	uk := c.Printer(UK)
	uk.T("guest.hello", Args{"Name": "A"})
	uk.T("guest.hello")
	uk.N("guest.left", 2)
	uk.T("guest.english", Args{"Count": "1"})
	uk.Rich("guest.nothing")
	want := []string{"uk guest.hello Name", "uk guest.left Shop", "uk guest.english ", "uk guest.nothing "}
	if !slices.Equal(got, want) {
		t.Errorf("reported %q, want %q", got, want)
	}
}

func TestPrinterIsConcurrent(t *testing.T) {
	c := newCatalog(t)
	var wg sync.WaitGroup
	for _, lang := range Languages() {
		for range 4 {
			wg.Go(func() {
				p := c.Printer(lang)
				for n := range int64(50) {
					if got := p.Days(n) + p.Points(n, 1, c.Unit("bonus")) + p.T("common.back.btn"); strings.Contains(got, "[") {
						t.Errorf("%s: %q", lang, got)
						return
					}
				}
			})
		}
	}
	wg.Wait()
}

// TestFormatsTakeAnything calls every format with the ends of its range and with nonsense.
func TestFormatsTakeAnything(t *testing.T) {
	p := newCatalog(t).Printer(ES)
	for _, n := range []int64{math.MinInt64, -1, 0, 1, math.MaxInt64} {
		for _, decimals := range []int{math.MinInt, -1, 0, 1, 18, 19, math.MaxInt} {
			p.Decimal(n, decimals)
			p.Points(n, decimals, nil)
		}
		for _, currency := range []string{"", "UAH", "JPY", "KWD", "<b>"} {
			p.Money(n, currency)
		}
		p.Number(n)
		p.Percent(n)
		p.InDays(n)
		p.Month(time.Month(n))
		p.Weekday(time.Weekday(n))
		p.WeekdayShort(time.Weekday(n))
	}
	for _, s := range []string{"", "+", "+0", "+380", "+3806", "garbage", "+99999999999999999999", "\xff"} {
		if got := p.PhoneMasked(s); strings.ContainsAny(got, "g9") {
			t.Errorf("PhoneMasked(%q) = %q", s, got)
		}
		p.Phone(s)
		p.CardNumber(s)
		p.List([]string{s, s})
	}
	p.DateLong(time.Time{}, time.Time{})
}

func TestPointsWithIncompleteNames(t *testing.T) {
	c := newCatalog(t)
	tests := []struct {
		lang  Language
		names UnitNames
		n     int64
		want  string
	}{
		{UK, UnitNames{UK: {One: "бонус", Other: "бонуса"}}, 5, "5 бонуса"},
		{UK, UnitNames{UK: {Many: "бонусів"}}, 2, "2 бонусів"},
		{KK, UnitNames{RU: {Few: "балла", Other: "балла"}}, 2, "2 балла"},
		{ES, UnitNames{ES: {One: "punto", Other: "puntos"}}, 1_000_000, "1 000 000 puntos"},
		{PL, UnitNames{PL: {}}, 1, "1"},
		{PL, nil, 1, "1"},
	}
	for _, tt := range tests {
		got := strings.ReplaceAll(c.Printer(tt.lang).Points(tt.n, 0, tt.names), nbsp, " ")
		if got != tt.want {
			t.Errorf("%s: Points(%d) = %q, want %q", tt.lang, tt.n, got, tt.want)
		}
	}
}

func TestUnitNamesMissing(t *testing.T) {
	names := UnitNames{UK: {One: "бонус", Few: " ", Other: "бонуса"}, EN: {One: "bonus", Other: "bonuses"}}
	got := names.Missing(EN, UK, ES)
	want := []string{"uk.few", "uk.many", "es.one", "es.many", "es.other"}
	if !slices.Equal(got, want) {
		t.Errorf("Missing = %q, want %q", got, want)
	}
}
