package locales

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
)

//go:embed en/*.toml uk/*.toml ru/*.toml kk/*.toml pl/*.toml es/*.toml
var files embed.FS

// Catalog holds the messages of all languages. Make one at start with New; it is safe for concurrent use.
type Catalog struct {
	// OnMissing is told each time a text is wanted and absent: a message in its language (arg is ""), or
	// an argument of a message. It may be nil, is called from any goroutine, and must be set before the
	// first message is printed.
	OnMissing func(lang Language, key, arg string)

	printers map[Language]*Printer
	units    map[string]UnitNames
}

// New loads the embedded messages. It fails on a file that cannot be read the way the package comment
// describes, and names every such place; whether the languages are complete is left to the tests.
func New() (*Catalog, error) {
	return load(files)
}

// Printer returns the printer of a language; of English when the catalogue does not have the language.
func (c *Catalog) Printer(lang Language) *Printer {
	if p, ok := c.printers[lang]; ok {
		return p
	}
	return c.printers[EN]
}

// Unit returns the ready-made names of a point unit, such as "bonus", in all languages, or nil.
// The map is shared: clone it before changing it.
func (c *Catalog) Unit(id string) UnitNames {
	return c.units[id]
}

// Units returns the ids of the ready-made units in alphabetical order.
func (c *Catalog) Units() []string {
	return slices.Sorted(maps.Keys(c.units))
}

// message is one id in one language: a text for each plural form, or for other alone.
type message struct {
	forms [formCount]*text
}

// form returns the text of a form, or of other when the message does not vary.
func (m *message) form(f form) *text {
	if m.forms[f] != nil {
		return m.forms[f]
	}
	return m.forms[other]
}

// load reads <language>/<subject>.toml for every language.
func load(fsys fs.FS) (*Catalog, error) {
	catalog := &Catalog{printers: make(map[Language]*Printer)}
	messages := make(map[Language]map[string]*message)
	var errs []error
	for _, lang := range Languages() {
		read, err := loadLanguage(fsys, lang)
		errs = append(errs, err)
		messages[lang] = read
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("load messages: %w", err)
	}
	for _, lang := range Languages() {
		p, err := newPrinter(catalog, lang, messages[lang])
		errs = append(errs, err)
		catalog.printers[lang] = p
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("prepare printers: %w", err)
	}
	catalog.units = readUnits(messages)
	return catalog, nil
}

// loadLanguage reads the files of one language. Its error joins all the faults it found.
func loadLanguage(fsys fs.FS, lang Language) (map[string]*message, error) {
	paths, err := fs.Glob(fsys, string(lang)+"/*.toml")
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", lang, err)
	}
	messages := make(map[string]*message)
	var errs []error
	for _, name := range paths {
		subject := strings.TrimSuffix(path.Base(name), ".toml")
		parsed, err := parseFile(fsys, name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		for _, source := range parsed {
			if !strings.HasPrefix(source.ID, subject+".") {
				errs = append(errs, fmt.Errorf("%s: id %q does not begin with %q", name, source.ID, subject+"."))
				continue
			}
			m, err := compile(source)
			if err != nil {
				errs = append(errs, fmt.Errorf("%s: %s: %w", name, source.ID, err))
				continue
			}
			messages[source.ID] = m
		}
	}
	return messages, errors.Join(errs...)
}

// parseFile reads one file with go-i18n's parser and returns its messages ordered by id.
func parseFile(fsys fs.FS, name string) ([]*i18n.Message, error) {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("read messages: %w", err)
	}
	unmarshalers := map[string]i18n.UnmarshalFunc{"toml": toml.Unmarshal}
	file, err := i18n.ParseMessageFileBytes(data, path.Base(name), unmarshalers)
	if err != nil {
		return nil, fmt.Errorf("parse %s: %w", name, err)
	}
	slices.SortFunc(file.Messages, func(a, b *i18n.Message) int { return strings.Compare(a.ID, b.ID) })
	return file.Messages, nil
}

// compile takes the texts of a message apart.
func compile(source *i18n.Message) (*message, error) {
	if source.Zero != "" || source.Two != "" {
		return nil, errors.New("none of the languages has the forms zero and two")
	}
	m := new(message)
	sources := [formCount]string{one: source.One, few: source.Few, many: source.Many, other: source.Other}
	for f, s := range sources {
		if s == "" {
			continue
		}
		parsed, err := parseText(strings.Trim(s, "\n"))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", form(f), err)
		}
		m.forms[f] = parsed
	}
	if m.forms[other] == nil {
		return nil, errors.New("no text for the form other")
	}
	return m, nil
}
