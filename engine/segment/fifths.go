package segment

// Fifths are the bounds between the fifths of a program's guests: by when they came last, and by how often and for how much in a year. A guest
// with a value at a bound or above belongs to the better side.
type Fifths struct {
	Recency   [4]int64 `json:"recency"` // days, as [Day]
	Frequency [4]int64 `json:"frequency"`
	Value     [4]int64 `json:"value"`
}

// Known reports whether there are bounds: not before the first guest has come.
func (f Fifths) Known() bool { return f.Recency[3] > 0 }

// Place says in which fifth a guest is by each, 1 to 5; zeros for who never came, and while there are no bounds.
func (f Fifths) Place(last Day, visits, spent int64) (recency, frequency, value int64) {
	if !f.Known() || last <= 0 {
		return 0, 0, 0
	}
	return fifth(int64(last), f.Recency), fifth(visits, f.Frequency), fifth(spent, f.Value)
}

func fifth(n int64, bounds [4]int64) int64 {
	place := int64(1)
	for _, bound := range bounds {
		if n >= bound {
			place++
		}
	}
	return place
}
