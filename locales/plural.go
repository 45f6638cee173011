package locales

// form is a CLDR plural category.
type form uint8

const (
	other form = iota
	one
	few
	many
	formCount
)

// forms returns the categories a language has, in CLDR's order.
func (l Language) forms() []form {
	switch l {
	case UK, RU, PL:
		return []form{one, few, many, other}
	case ES:
		return []form{one, many, other}
	}
	return []form{one, other}
}

func (f form) String() string {
	return [formCount]string{"other", "one", "few", "many"}[f]
}

// formOf picks the category of a number by its whole part and whether it is shown with decimals
// (CLDR 48, plurals.json, cardinal). It is written out here because x/text knows no Spanish "many" and
// go-i18n's rules cannot be called without its text/template machinery, which costs 8 µs and an error
// where a form is absent. A test compares it with go-i18n number by number.
func (l Language) formOf(whole uint64, fraction bool) form {
	mod10, mod100 := whole%10, whole%100
	switch l {
	case UK, RU:
		switch {
		case fraction:
			return other
		case mod10 == 1 && mod100 != 11:
			return one
		case mod10 >= 2 && mod10 <= 4 && (mod100 < 12 || mod100 > 14):
			return few
		}
		return many
	case PL:
		switch {
		case fraction:
			return other
		case whole == 1:
			return one
		case mod10 >= 2 && mod10 <= 4 && (mod100 < 12 || mod100 > 14):
			return few
		}
		return many
	case ES:
		switch {
		case fraction:
			return other
		case whole == 1:
			return one
		case whole != 0 && whole%1_000_000 == 0:
			return many
		}
		return other
	}
	if whole == 1 && !fraction {
		return one
	}
	return other
}

// abs is |n|, right for the smallest int64 too.
func abs(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}
