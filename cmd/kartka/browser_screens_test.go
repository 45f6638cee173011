package main

import (
	"fmt"
	"html/template"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"kartka/locales"
)

// screensEnv names the folder that pictures of all pages are written to, see "make screens". Without it nothing is written, and the tests only look whether
// every page would be shown as it should.
const screensEnv = "KARTKA_SCREENS"

// shooting is one picture: a page on a screen in a language.
type shooting struct {
	page     appPage
	on       screen
	theme    string
	language locales.Language
}

// file is the name of its picture.
func (s shooting) file() string {
	return fmt.Sprintf("%s-%d-%s-%s.png", s.page.name, s.on.width, s.theme, s.language)
}

// shootings are all pictures: each page on every screen by day and by night in Ukrainian, and in every language inside of Telegram on a common phone.
func shootings() []shooting {
	var all []shooting
	for _, page := range appPages {
		for _, size := range []screen{{width: 320, height: 568}, {width: 360, height: 740}, {width: 768, height: 1024}, {width: 1280, height: 800}} {
			dark := size
			dark.dark = true
			all = append(all, shooting{page, size, "light", locales.UK}, shooting{page, dark, "dark", locales.UK})
		}
		for _, l := range locales.Languages() {
			for _, client := range []string{"light", "dark"} {
				all = append(all, shooting{page, screen{width: 360, height: 740, dark: client == "dark", client: client}, "telegram-" + client, l})
			}
		}
	}
	return all
}

func TestScreensShowEveryPage(t *testing.T) {
	all := shootings()
	shown := map[string][]string{}
	for _, s := range all {
		if !regexp.MustCompile(`^[a-z-]+-(320|360|768|1280)-(light|dark|telegram-light|telegram-dark)-[a-z]{2}\.png$`).MatchString(s.file()) {
			t.Errorf("the picture would be %s", s.file())
		}
		if slices.Contains(shown[s.page.name], s.file()) {
			t.Errorf("%s is shown twice: two pages have one name", s.file())
		}
		shown[s.page.name] = append(shown[s.page.name], s.file())
	}
	for _, page := range appPages {
		if want := 4*2 + 2*len(locales.Languages()); len(shown[page.name]) != want {
			t.Errorf("%s is shown %d times, want %d", page.name, len(shown[page.name]), want)
		}
	}
	if dir := os.Getenv(screensEnv); dir != "" {
		shoot(t, dir, all)
	}
}

// sheet is the page on which all pictures are looked at.
var sheet = template.Must(template.New("").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Kartka's pages</title>
<style>body { font: 1rem/1.4 sans-serif; margin: 1rem; background: #ddd; } section { display: flex; gap: 1rem; overflow-x: auto; align-items: start; padding-bottom: 1rem; }
figure { margin: 0; flex: none; } figcaption { font-size: .8rem; } img { display: block; max-height: 46rem; border: 1px solid #999; } h2 { position: sticky; left: 0; }</style></head><body>
<h1>Kartka's pages</h1>
{{range .}}<h2 id="{{.Name}}">{{.Name}}</h2><section>{{range .Files}}<figure><a href="{{.}}"><img src="{{.}}" alt="" loading="lazy"></a><figcaption>{{.}}</figcaption></figure>{{end}}</section>
{{end}}</body></html>
`))

// shoot writes pictures into a folder, with a page to look at them. Pages in different languages are opened side by side, each by people of their own.
func shoot(t *testing.T, dir string, all []shooting) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Run("pictures", func(t *testing.T) {
		for _, l := range locales.Languages() {
			t.Run(string(l), func(t *testing.T) {
				t.Parallel()
				v := newViewers(t)
				for _, s := range all {
					if s.language != l {
						continue
					}
					t.Run(s.file(), func(t *testing.T) {
						p := v.opened(t, s.page, l, s.on)
						if err := os.WriteFile(filepath.Join(dir, s.file()), p.shotWhole(s.on), 0o644); err != nil {
							t.Fatal(err)
						}
					})
				}
			})
		}
	})
	type row struct {
		Name  string
		Files []string
	}
	var rows []row
	for _, s := range all {
		if len(rows) == 0 || rows[len(rows)-1].Name != s.page.name {
			rows = append(rows, row{Name: s.page.name})
		}
		rows[len(rows)-1].Files = append(rows[len(rows)-1].Files, s.file())
	}
	out, err := os.Create(filepath.Join(dir, "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	if err := sheet.Execute(out, rows); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}
