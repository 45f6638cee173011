package sandbox

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"kartka/bots/sandbox/telegram"
)

//go:embed web
var web embed.FS

// pageTemplate is parsed when the package is loaded, so that a broken page stops the build's tests and not a visitor.
var pageTemplate = template.Must(template.New("page.html").Funcs(template.FuncMap{"t": phrase}).ParseFS(web, "web/page.html"))

// page is everything the template shows.
type page struct {
	Intro     string
	Assets    string // changes with the content of the assets
	Bots      []telegram.Bot
	Phones    []phone
	Languages []language
	Phrases   string // JSON for the scripts
	Themes    string // likewise: the colours of Mini Apps by theme
}

// phone is one person's phone on the page.
type phone struct {
	User    int64
	Name    string
	Initial string
	Title   string
	Hint    string
	Bot     int64 // the chat it opens on
	Payload string
	Tone    int // which of the avatar colours
}

type language struct{ Code, Name string }

// languages a new person's phone can have. uz is there because no bot here speaks it.
var languages = []language{
	{"en", "English"}, {"uk", "Українська"}, {"ru", "Русский"}, {"kk", "Қазақша"}, {"pl", "Polski"}, {"es", "Español"},
	{"uz", "Oʻzbekcha"}, {"", "—"},
}

const avatarTones = 6

// pagePolicy allows nothing but the page's own files.
const pagePolicy = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"

func (s *Server) handlePage(mux *http.ServeMux) {
	version := assetVersion()
	mux.Handle("GET /sandbox", http.RedirectHandler("/sandbox/", http.StatusMovedPermanently))
	mux.HandleFunc("GET /sandbox/{$}", func(w http.ResponseWriter, _ *http.Request) { s.servePage(w, version) })
	for name, kind := range assets() {
		mux.HandleFunc("GET /sandbox/assets/"+name, func(w http.ResponseWriter, _ *http.Request) {
			data, err := web.ReadFile("web/" + name)
			if err != nil {
				http.Error(w, "asset is missing", http.StatusInternalServerError)
				return
			}
			w.Header().Set("Content-Type", kind)
			w.Header().Set("X-Content-Type-Options", "nosniff")
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
			_, _ = w.Write(data)
		})
	}
}

func (s *Server) servePage(w http.ResponseWriter, version string) {
	var out bytes.Buffer
	if err := pageTemplate.Execute(&out, s.page(version)); err != nil {
		s.log.Error("sandbox page failed", "error", err)
		http.Error(w, "the page cannot be shown", http.StatusInternalServerError)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", pagePolicy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cache-Control", "no-cache")
	_, _ = w.Write(out.Bytes()) // a visitor who has gone away is no concern of the sandbox
}

func (s *Server) page(version string) page {
	p := page{Intro: s.intro, Assets: version, Bots: s.telegram.Bots(), Languages: languages}
	for i := range p.Bots {
		p.Bots[i].Token = "" // nothing on the page needs it
	}
	people := s.telegram.People()
	s.mu.Lock()
	personas := slices.Clone(s.personas)
	s.mu.Unlock()
	for _, persona := range personas {
		i := slices.IndexFunc(people, func(who telegram.Person) bool { return who.ID == persona.User })
		if i >= 0 {
			p.Phones = append(p.Phones, s.phone(people[i], persona, p.Bots))
			people = slices.Delete(people, i, i+1)
		}
	}
	for _, who := range people {
		if who.Shown {
			p.Phones = append(p.Phones, s.phone(who, Persona{Title: phrase("person")}, p.Bots))
		}
	}
	for i := range p.Phones {
		p.Phones[i].Tone = i % avatarTones
	}
	p.Phrases, p.Themes = forScript(phrases), forScript(telegram.Themes())
	return p
}

func (s *Server) phone(who telegram.Person, persona Persona, bots []telegram.Bot) phone {
	first, _ := utf8.DecodeRuneInString(who.FirstName)
	ph := phone{
		User: who.ID, Name: strings.TrimSpace(who.FirstName + " " + who.LastName), Initial: string(first),
		Title: persona.Title, Hint: persona.Hint, Payload: persona.Payload,
	}
	for _, b := range bots {
		if ph.Bot == 0 || strings.EqualFold(b.Username, persona.Bot) {
			ph.Bot = b.ID
		}
	}
	return ph
}

// forScript is a value as JSON; what the page hands to its scripts can always be written so.
func forScript(v any) string {
	out, err := json.Marshal(v)
	if err != nil {
		return "null"
	}
	return string(out)
}

// assets are the page's own files with their types.
func assets() map[string]string {
	const script = "text/javascript; charset=utf-8"
	return map[string]string{"sandbox.css": "text/css; charset=utf-8", "app.js": script, "sandbox.js": script}
}

// assetVersion names the content of the assets, so that browsers keep them until they change.
func assetVersion() string {
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(assets())) {
		data, err := web.ReadFile("web/" + name)
		if err == nil {
			sum.Write(data)
		}
	}
	return hex.EncodeToString(sum.Sum(nil))[:12]
}
