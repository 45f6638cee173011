package ui

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"sync"
	"unicode"

	"kartka/locales"
)

//go:embed templates
var templates embed.FS

// UI renders pages. It is safe for concurrent use.
type UI struct {
	Assets  *Assets
	byLang  map[locales.Language]*template.Template
	buffers sync.Pool
}

// New parses every template, once for each language.
func New(catalog *locales.Catalog) (*UI, error) {
	assets, err := newAssets()
	if err != nil {
		return nil, err
	}
	u := &UI{Assets: assets, byLang: map[locales.Language]*template.Template{}}
	u.buffers.New = func() any { return new(bytes.Buffer) }
	parsed, err := template.New("").Funcs(funcs(assets, catalog.Printer(locales.EN))).ParseFS(templates, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("parse templates: %w", err)
	}
	for _, l := range locales.Languages() {
		own, err := parsed.Clone()
		if err != nil {
			return nil, fmt.Errorf("copy templates: %w", err)
		}
		u.byLang[l] = own.Funcs(funcs(assets, catalog.Printer(l)))
	}
	return u, nil
}

// funcs are what templates may call: t is a text of the catalogue, without markup; plain is one of the chat without the sign before it; rich is one
// with its markup; tn is a plural; asset is the address of a file; icon is a picture of the sprite.
func funcs(assets *Assets, p *locales.Printer) template.FuncMap {
	return template.FuncMap{
		"lang": func() string { return string(p.Language()) },
		"t": func(key string, pairs ...any) (string, error) {
			args, err := arguments(pairs)
			return p.T(key, args), err
		},
		"plain": func(key string, pairs ...any) (string, error) {
			args, err := arguments(pairs)
			return Plain(p.T(key, args)), err
		},
		"rich": func(key string, pairs ...any) (template.HTML, error) {
			args, err := arguments(pairs)
			return template.HTML(p.Rich(key, args)), err
		},
		"tn": func(key string, n int, pairs ...any) (string, error) {
			args, err := arguments(pairs)
			return p.N(key, int64(n), args), err
		},
		"safe":  func(s locales.Safe) template.HTML { return template.HTML(s) },
		"asset": assets.Path,
		"keys":  func() []string { return []string{"1", "2", "3", "4", "5", "6", "7", "8", "9"} },
		"icon": func(name string) (template.HTML, error) {
			sprite, err := assets.Path("icons.svg")
			return template.HTML(`<svg class="icon" aria-hidden="true"><use href="` + sprite + `#` + template.HTMLEscapeString(name) + `"/></svg>`), err
		},
	}
}

// Plain is a text of the chat without the sign before it: pages have icons and lists of their own.
func Plain(text string) string {
	return strings.TrimLeftFunc(text, func(c rune) bool {
		return c == '•' || unicode.IsSpace(c) || unicode.In(c, unicode.So, unicode.Mn, unicode.Cf)
	})
}

// arguments are names and values in turn.
func arguments(pairs []any) (locales.Args, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("%d arguments are no pairs", len(pairs))
	}
	args := make(locales.Args, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("argument %d is no name", i)
		}
		args[name] = pairs[i+1]
	}
	return args, nil
}

// Page is a page of its own type. Its template is named like its file.
type Page interface{ template() string }

// Frame is what stands around every page.
type Frame struct {
	Title   string // of the window
	Program string
	Base    string // address of the program's pages, ends with a slash
	Back    string // where ← leads, "" on the first page
	Nav     []NavItem
	Ask     Ask    // a question that waits for an answer
	Notice  Note   // what has just happened
	Seen    string // a mark of what the guest's card is on this page, which the page shows when it begins to listen for changes
	// Shell has the scripts sign in first: of a Mini App that has just been opened.
	Shell bool
	// Names of the script module and of the style that the page needs beside the common ones, "" none.
	Script, Style string
	// Scanner says that it is a page of staff, which browsers may install.
	Scanner bool
}

// NavItem leads to a main page.
type NavItem struct {
	Path, Icon, Text string
	Here             bool
	Count            int // shown as a badge, 0 none
}

// Note is one line about what has happened.
type Note struct {
	Text string
	Bad  bool
}

// Ask is the question whether points may be spent now; without an ID there is none.
type Ask struct {
	ID      string
	Title   string
	Detail  string
	Seconds int // left to answer
	Yes, No string
}

// screen is a page with its frame, as templates see it.
type screen struct {
	Frame
	Page Page
	Body template.HTML
}

// Full writes a whole document.
func (u *UI) Full(w io.Writer, l locales.Language, f Frame, p Page) error {
	return u.render(w, l, "document.html", f, p)
}

// Part writes what stands inside the document's frame, for a page that is there already.
func (u *UI) Part(w io.Writer, l locales.Language, f Frame, p Page) error {
	return u.render(w, l, "part.html", f, p)
}

func (u *UI) render(w io.Writer, l locales.Language, in string, f Frame, p Page) error {
	t := u.byLang[l]
	if t == nil {
		t = u.byLang[locales.EN]
	}
	body := u.buffers.Get().(*bytes.Buffer)
	defer u.buffers.Put(body)
	body.Reset()
	if err := t.ExecuteTemplate(body, p.template(), p); err != nil {
		return fmt.Errorf("page %s: %w", p.template(), err)
	}
	s := screen{Frame: f, Page: p, Body: template.HTML(body.String())}
	out := u.buffers.Get().(*bytes.Buffer)
	defer u.buffers.Put(out)
	out.Reset()
	if err := t.ExecuteTemplate(out, in, s); err != nil {
		return fmt.Errorf("%s around %s: %w", in, p.template(), err)
	}
	_, err := w.Write(out.Bytes())
	return err
}

// Bare writes a template without a frame: pieces that scripts put into a page.
func (u *UI) Bare(w io.Writer, l locales.Language, p Page) error {
	t := u.byLang[l]
	if t == nil {
		t = u.byLang[locales.EN]
	}
	if err := t.ExecuteTemplate(w, p.template(), p); err != nil {
		return fmt.Errorf("%s: %w", p.template(), err)
	}
	return nil
}
