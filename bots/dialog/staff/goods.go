package staff

import (
	"errors"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"kartka/bots"
	"kartka/bots/dialog/talk"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
	"kartka/words"
)

// manyUnits is the most units one typed "x" counts.
const manyUnits = 99

// readGoods reads a check typed by goods: "85 coffee, 60 cake". Sums without a word stay plain lines. ok is false when the text is no such
// list: the program knows no categories, or the text is a bare sum.
func readGoods(v talk.View, text string) (s sumRead, ok bool) {
	if !isGoods(v, text) {
		return sumRead{}, false
	}
	var total money.Amount
	for _, part := range splitGoods(text) {
		line, problem := readLine(v, part)
		if problem != "" {
			return sumRead{problem: problem, money: true}, true
		}
		s.lines = append(s.lines, line)
		total += line.Net
	}
	if len(s.lines) > rules.MaxLines {
		return sumRead{problem: v.Rich("staff.sum.too_large"), money: true}, true
	}
	read := reading(v, total)
	read.lines = s.lines
	return read, true
}

// isGoods reports whether a text names goods beside sums. A number longer than any sum is rather somebody's phone beside a name.
func isGoods(v talk.View, text string) bool {
	if len(v.Program.Settings.Goods) == 0 || !hasDigits(text) {
		return false
	}
	parts := splitGoods(text)
	for _, part := range parts {
		head, _ := cutUnits(part)
		sum, words := cutSum(head)
		if sum == "" || digits(sum) > 9 || words == "" && len(parts) == 1 || strings.IndexFunc(words, unicode.IsLetter) < 0 && words != "" {
			return false
		}
	}
	return true
}

// splitGoods parts a list at semicolons, plus signs, line ends, and commas that are not inside a number.
func splitGoods(text string) []string {
	var parts []string
	from := 0
	cut := func(to, next int) {
		if part := strings.TrimSpace(text[from:to]); part != "" {
			parts = append(parts, part)
		}
		from = next
	}
	for i, r := range text {
		switch {
		case r == ';' || r == '+' || r == '\n':
			cut(i, i+1)
		case r == ',' && !(i > 0 && i+1 < len(text) && isDigit(text[i-1]) && isDigit(text[i+1])):
			cut(i, i+1)
		}
	}
	cut(len(text), len(text))
	return parts
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// readLine reads one position of a list.
func readLine(v talk.View, part string) (rules.Line, bots.Rich) {
	head, units := cutUnits(part)
	sum, word := cutSum(head)
	read := readPlain(v, sum)
	switch {
	case len(read.readings) > 0:
		return rules.Line{}, v.Rich("staff.goods.unclear", locales.Args{"Typed": words.CleanName(sum, 20)})
	case !read.ok():
		return rules.Line{}, read.problem
	}
	line := rules.Line{Quantity: money.Quantity(1000 * max(units, 1)), Net: read.amount}
	if word == "" {
		return line, ""
	}
	category := categoryCalled(v, word)
	if category == nil {
		return rules.Line{}, v.Rich("staff.goods.unknown", locales.Args{"Typed": words.CleanName(word, 20), "Goods": goodsList(v)})
	}
	line.Category, line.Name = category.ID, v.Name("category:"+category.ID, category.ID)
	return line, ""
}

// cutSum parts a position into its sum, which stands first or last, and the word beside it.
func cutSum(text string) (sum, word string) {
	words := strings.Fields(text)
	for n := len(words); n > 0; n-- {
		if head := strings.Join(words[:n], " "); isNumber(head) {
			return head, strings.Join(words[n:], " ")
		}
	}
	for n := 1; n < len(words); n++ {
		if tail := strings.Join(words[n:], " "); isNumber(tail) {
			return tail, strings.Join(words[:n], " ")
		}
	}
	return "", text
}

// isNumber reports whether a text is a number, be it one that no check can have.
func isNumber(text string) bool {
	_, err := money.Parse(text, 2)
	for _, known := range []error{money.ErrNegative, money.ErrTooLarge, money.ErrTooPrecise, money.ErrAmbiguous} {
		if errors.Is(err, known) {
			return true
		}
	}
	return err == nil
}

// cutUnits takes a number of units off the end of a text: "120 x2", with any of the signs people use for times.
func cutUnits(text string) (head string, units int) {
	text = strings.TrimSpace(text)
	i := strings.LastIndexAny(text, "xXхХ×*")
	if i <= 0 {
		return text, 0
	}
	_, size := utf8.DecodeRuneInString(text[i:])
	before := strings.TrimSpace(text[:i])
	n, err := strconv.Atoi(strings.TrimSpace(text[i+size:]))
	last, _ := utf8.DecodeLastRuneInString(text[:i])
	if err != nil || n < 1 || n > manyUnits || before == "" || unicode.IsLetter(last) {
		return text, 0
	}
	return before, n
}

// categoryCalled finds the category that a cashier means: by id, by its name in any of the languages, or by the beginning of a name
// when no other one begins so.
func categoryCalled(v talk.View, word string) *rules.Category {
	goods := v.Program.Settings.Goods
	word = strings.ToLower(word)
	var begins []*rules.Category
	for i := range goods {
		c := &goods[i]
		if strings.ToLower(c.ID) == word {
			return c
		}
		for _, name := range c.Name {
			name = strings.ToLower(name)
			if name == word {
				return c
			}
			if utf8.RuneCountInString(word) >= 3 && strings.HasPrefix(name, word) && (len(begins) == 0 || begins[len(begins)-1] != c) {
				begins = append(begins, c)
			}
		}
	}
	if len(begins) == 1 {
		return begins[0]
	}
	return nil
}

// goodsList names the categories that can be typed.
func goodsList(v talk.View) string {
	var names []string
	for _, c := range v.Program.Settings.Goods {
		names = append(names, words.CleanName(v.Name("category:"+c.ID, c.ID), 24))
	}
	return strings.Join(names[:min(len(names), 12)], ", ")
}

// goodsHint shows how to type a check by goods; "" when the program knows none.
func goodsHint(v talk.View) bots.Rich {
	goods := v.Program.Settings.Goods
	if len(goods) == 0 {
		return ""
	}
	example := "85 " + exampleWord(v, goods[0])
	if len(goods) > 1 {
		example += ", 60 " + exampleWord(v, goods[1])
	}
	return v.Rich("staff.goods.hint", locales.Args{"Example": example})
}

func exampleWord(v talk.View, c rules.Category) string {
	return strings.ToLower(words.CleanName(v.Name("category:"+c.ID, c.ID), 24))
}
