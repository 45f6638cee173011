package rules

import "fmt"

// Field is something that the shop knows of its guests beside what every shop does: whether they have a dog, how they found it.
type Field struct {
	ID      string
	Name    Name
	Choices []Choice // one of these; empty: any text
	Asked   bool     // guests are asked and tell it themselves; else staff notes it, and guests do not see it in passing
}

// Choice is one of the values that a field may have.
type Choice struct {
	ID   string
	Name Name
}

// Choice returns the choice with an id, or nil.
func (f *Field) Choice(id string) *Choice {
	for i := range f.Choices {
		if f.Choices[i].ID == id {
			return &f.Choices[i]
		}
	}
	return nil
}

// Field returns the field with an id, or nil: of a member something may be known that the shop has since given up asking.
func (s *Settings) Field(id string) *Field {
	for i := range s.Fields {
		if s.Fields[i].ID == id {
			return &s.Fields[i]
		}
	}
	return nil
}

// FieldValue is a member's value of a field in a language: the name of a choice, the text of a text.
func (s *Settings) FieldValue(id, value, language string) string {
	if f := s.Field(id); f != nil {
		if c := f.Choice(value); c != nil {
			return c.Name.In(language, s.Languages...)
		}
	}
	return value
}

type fieldFile struct {
	ID      string       `json:"id"`
	Name    nameFile     `json:"name"`
	Choices []choiceFile `json:"choices,omitempty"`
	Asked   bool         `json:"asked,omitempty"`
}

type choiceFile struct {
	ID   string   `json:"id"`
	Name nameFile `json:"name"`
}

func (c scale) field(v Field) fieldFile {
	return fieldFile{ID: v.ID, Name: nameFile(v.Name), Asked: v.Asked,
		Choices: each(v.Choices, func(o Choice) choiceFile { return choiceFile{ID: o.ID, Name: nameFile(o.Name)} })}
}

func (r *reader) field(_ string, f fieldFile) Field {
	return Field{ID: f.ID, Name: Name(f.Name), Asked: f.Asked,
		Choices: each(f.Choices, func(o choiceFile) Choice { return Choice{ID: o.ID, Name: Name(o.Name)} })}
}

// fields checks what the shop asks of its guests.
func (c *checker) fields() {
	c.size("fields", len(c.s.Fields), maxFields)
	ids := names{list: "fields"}
	for i, v := range c.s.Fields[:min(len(c.s.Fields), maxFields)] {
		at := entry("fields", v.ID, i)
		ids.check(&c.problems, at, i, v.ID)
		c.name(at, v.Name)
		c.size(at+".choices", len(v.Choices), maxFieldChoices)
		if len(v.Choices) == 1 {
			c.problems.add(at+".choices", "has one entry; add another, or leave the list out for any text")
		}
		choices := names{list: fmt.Sprintf("%s.choices", at)}
		for j, o := range v.Choices[:min(len(v.Choices), maxFieldChoices)] {
			choice := entry(at+".choices", o.ID, j)
			choices.check(&c.problems, choice, j, o.ID)
			c.name(choice, o.Name)
		}
	}
}
