package campaign_test

import (
	"errors"
	"html"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kartka/engine/campaign"
)

// ukrainian is as a catalogue would have it.
var ukrainian = map[string]campaign.Field{"ім'я": campaign.FieldName, "заклад": campaign.FieldShop, "згорає_до": campaign.FieldBurningUntil, "посилання": campaign.FieldFriendLink}

// known are values of a guest, of whom no level is known.
func known(f campaign.Field) string {
	return map[campaign.Field]string{
		campaign.FieldName: "Олена", campaign.FieldShop: "Зерно &amp; Ко", campaign.FieldBalance: "120 бонусів", campaign.FieldBurningUntil: "5 грудня",
		campaign.FieldFriendLink: "https://t.me/zerno_bot?start=r1", campaign.FieldVisits: "7",
	}[f]
}

func TestTemplate(t *testing.T) {
	for in, want := range map[string]string{
		"":                             "",
		"Hello":                        "Hello",
		"Hi {name}!":                   "Hi Олена!",
		"{NAME}{ name":                 "Олена{ name",
		"{name }":                      "Олена",
		"Hi {name|dear guest}!":        "Hi Олена!",
		"Your level: {tier|none}":      "Your level: none",
		"Your level: {tier|}.":         "Your level: .",
		"Your level: {tier}.":          "Your level: .",
		"{tier|a|b}":                   "a|b",
		"Привіт, {ім'я}!":              "Привіт, Олена!",
		"Привіт, {ІМ’Я|друже}!":        "Привіт, Олена!",
		"Привіт, {ім&#39;я}!":          "Привіт, Олена!",
		"{згорає до}, {burning-until}": "5 грудня, 5 грудня",
		"<b>{name}</b> у {заклад}":     "<b>Олена</b> у Зерно &amp; Ко",
		"{}":                           "{}",
		"{ }":                          "{ }",
		"{1} { 2 } {} {{}} {{1}} }":    "{1} { 2 } {} {{}} {{1}} }",
		":-{ and 5 { x":                ":-{ and 5 { x",
		"{ dear friends }":             "{ dear friends }",
		"−50 %":                        "−50 %", "10%off% 100%": "10%off% 100%", "50% and 20%": "50% and 20%", "%%": "%%", "% x %": "% x %",
		"[name] [[1]] [[": "[name] [[1]] [[",
		"$ {} $5":         "$ {} $5",
		"a &lt;3 b &amp; &lt;важливо&gt; &lt;name":            "a &lt;3 b &amp; &lt;важливо&gt; &lt;name",
		`<a href="https://example.com/?a={1}">x</a> {visits}`: `<a href="https://example.com/?a={1}">x</a> 7`,
		"a < b {visits} > c": "a < b 7 > c",
		"{friend_link}":      "https://t.me/zerno_bot?start=r1",
	} {
		template, err := campaign.ParseTemplate(in, ukrainian)
		if err != nil {
			t.Errorf("%q: %v", in, err)
			continue
		}
		if got := template.Fill(known); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
		again, err := campaign.ParseTemplate(template.String(), nil)
		if err != nil || again.Fill(known) != want || again.String() != template.String() {
			t.Errorf("%q: is written as %q, which is read as %q, %v", in, template.String(), again.String(), err)
		}
	}
}

func TestTemplateFields(t *testing.T) {
	template, err := campaign.ParseTemplate("{balance} {ім'я|друже} {name} {visits}", ukrainian)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]campaign.Field{campaign.FieldBalance, campaign.FieldName, campaign.FieldVisits}, template.Fields()); diff != "" {
		t.Error(diff)
	}
	if got, want := template.String(), "{balance} {name|друже} {name} {visits}"; got != want {
		t.Errorf("written as %q, want %q", got, want)
	}
	for _, field := range campaign.Fields() {
		template, err := campaign.ParseTemplate("{"+string(field)+"}", nil)
		if err != nil || !cmp.Equal(template.Fields(), []campaign.Field{field}) {
			t.Errorf("{%s}: %v, %v", field, template.Fields(), err)
		}
	}
}

func TestTemplateProblems(t *testing.T) {
	for in, want := range map[string]struct {
		id      string
		at      int
		suggest string
	}{
		"Hi {nmae}!":                    {campaign.ProblemField, 3, "{name}"},
		"Hi {nmae|dear guest}!":         {campaign.ProblemField, 3, "{name|dear guest}"},
		"Привіт, {імя'я}":               {campaign.ProblemField, 8, "{ім'я}"},
		"Привіт, {заклод}":              {campaign.ProblemField, 8, "{заклад}"},
		"{first name}":                  {campaign.ProblemField, 0, "{name}"},
		"{points}":                      {campaign.ProblemField, 0, "{balance}"},
		"{moonphase}":                   {campaign.ProblemField, 0, ""},
		"{name":                         {campaign.ProblemOpen, 0, "{name}"},
		"Hi {name, how are you":         {campaign.ProblemOpen, 3, "{name}"},
		"{name\n}":                      {campaign.ProblemOpen, 0, "{name}"},
		"{name {shop}":                  {campaign.ProblemOpen, 0, "{name}"},
		"{name|" + long(90) + "}":       {campaign.ProblemOpen, 0, "{name}"},
		"{посилання|" + long(70) + "}":  {campaign.ProblemOpen, 0, "{посилання}"},
		"{<b>name</b>}":                 {campaign.ProblemMarkup, 0, ""},
		"{na<b>me</b>}":                 {campaign.ProblemMarkup, 0, ""},
		"{name|<b>guest</b>}":           {campaign.ProblemMarkup, 0, ""},
		`<a href="{friend_link}">x</a>`: {campaign.ProblemAttribute, 9, ""},
		`<a href="https://x.y/{name}">`: {campaign.ProblemAttribute, 21, ""},
		"Hi {{name}}":                   {campaign.ProblemForeign, 3, "{name}"},
		"Hi {{ user.first_name }}":      {campaign.ProblemForeign, 3, "{name}"},
		"Hi {{.Name}}":                  {campaign.ProblemForeign, 3, "{name}"},
		"{{{name}}}":                    {campaign.ProblemForeign, 0, "{name}"},
		"{{moonphase}}":                 {campaign.ProblemForeign, 0, ""},
		"Hi {%name%}":                   {campaign.ProblemForeign, 3, "{name}"},
		"Hi {% if x %}":                 {campaign.ProblemForeign, 3, ""},
		"Hi ${name}":                    {campaign.ProblemForeign, 4, "{name}"},
		"Hi %name%":                     {campaign.ProblemForeign, 3, "{name}"},
		"Hi %FIRSTNAME%":                {campaign.ProblemForeign, 3, "{name}"},
		"Hi %імя%":                      {campaign.ProblemForeign, 3, "{ім'я}"},
		"Hi [[name]]":                   {campaign.ProblemForeign, 3, "{name}"},
		"Hi <name>":                     {campaign.ProblemForeign, 3, "{name}"},
		"Hi &lt;name&gt;":               {campaign.ProblemForeign, 3, "{name}"},
		"Hi { name }":                   {campaign.ProblemForeign, 3, "{name}"},
		long(campaign.MaxText) + "x":    {campaign.ProblemLong, -1, ""},
		"\xff":                          {campaign.ProblemUnreadable, -1, ""},
		"a\x00b":                        {campaign.ProblemUnreadable, -1, ""},
		strings.Repeat("{name}", campaign.MaxFields+1): {campaign.ProblemMany, 6 * campaign.MaxFields, ""},
	} {
		_, err := campaign.ParseTemplate(in, ukrainian)
		var p *campaign.Problem
		if !errors.As(err, &p) {
			t.Errorf("%.60q: %v, want %v", in, err, want)
			continue
		}
		if p.ID != want.id || p.At != want.at || p.Suggest != want.suggest || p.Variant != -1 || p.Warning {
			t.Errorf("%.60q: got %s at %d, suggested %q, want %v", in, p.ID, p.At, p.Suggest, want)
		}
		if p.At >= 0 && (p.Near == "" || !strings.HasPrefix(string([]rune(in)[p.At:]), p.Near)) {
			t.Errorf("%.60q: near %q", in, p.Near)
		}
		if p.Suggest != "" {
			if _, err := campaign.ParseTemplate(p.Suggest, ukrainian); err != nil {
				t.Errorf("%.60q: suggested %q: %v", in, p.Suggest, err)
			}
		}
	}
}

func long(n int) string { return strings.Repeat("a", n) }

// Whatever a guest is called stands in the text as it was escaped, once, and never becomes a placeholder.
func TestTemplateValuesStayValues(t *testing.T) {
	template, err := campaign.ParseTemplate("{name}, {name|x}: {tier|y}", nil)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		name := html.EscapeString(rapid.String().Draw(t, "name"))
		got := template.Fill(func(f campaign.Field) string {
			if f == campaign.FieldName {
				return name
			}
			return ""
		})
		second := name
		if name == "" {
			second = "x"
		}
		if want := name + ", " + second + ": y"; got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}

// sound is what holds of every text, and is what the fuzzer looks for.
func sound(t interface{ Fatalf(string, ...any) }, text string) {
	template, err := campaign.ParseTemplate(text, ukrainian)
	if err != nil {
		var p *campaign.Problem
		if !errors.As(err, &p) {
			t.Fatalf("%q: %v is no problem", text, err)
		}
		if p.At >= utf8.RuneCountInString(text) || utf8.RuneCountInString(p.Near) > 40 {
			t.Fatalf("%q: at %d near %q", text, p.At, p.Near)
		}
		return
	}
	filled := template.Fill(func(campaign.Field) string { return "\x01" })
	if len(template.Fields()) == 0 && filled != text {
		t.Fatalf("%q: without placeholders it becomes %q", text, filled)
	}
	again, err := campaign.ParseTemplate(template.String(), nil)
	if err != nil || again.String() != template.String() || !cmp.Equal(again.Fields(), template.Fields()) ||
		again.Fill(func(campaign.Field) string { return "\x01" }) != filled || again.Fill(func(campaign.Field) string { return "" }) != template.Fill(func(campaign.Field) string { return "" }) {
		t.Fatalf("%q: is written as %q, which is read as %q, %v", text, template.String(), again.String(), err)
	}
}

// pieces are what texts with placeholders are made of, right and wrong.
var pieces = []string{"{", "}", "name", "ім'я", "ім’я", "{name}", "{згорає до|}", "|", "dear guest", "<b>", "</b>", `<a href="`, `">`, "<", ">", "&lt;", "&gt;", "&amp;", "%", "$",
	"[[", "]]", " ", "\n", ".", "1", "_", "-", "😀", "\u0301", "\u00a0", "посилання", "burning_until", "İ", "\ufffd"}

func TestTemplateRandom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sound(t, strings.Join(rapid.SliceOf(rapid.SampledFrom(pieces)).Draw(t, "pieces"), ""))
	})
}

func FuzzTemplate(f *testing.F) {
	for _, piece := range pieces {
		f.Add("a " + piece + " {name|x}" + piece)
	}
	f.Fuzz(func(t *testing.T, text string) { sound(t, text) })
}
