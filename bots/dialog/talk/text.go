package talk

import (
	"strings"

	"kartka/bots"
)

// Lines puts texts under each other; empty ones are left out.
func Lines(texts ...bots.Rich) bots.Rich { return join("\n", texts) }

// Paragraphs puts texts under each other with a gap between; empty ones are left out.
func Paragraphs(texts ...bots.Rich) bots.Rich { return join("\n\n", texts) }

func join(separator string, texts []bots.Rich) bots.Rich {
	var there []string
	for _, text := range texts {
		if text != "" {
			there = append(there, string(text))
		}
	}
	return bots.Rich(strings.Join(there, separator))
}
