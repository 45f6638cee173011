package owner

import (
	"regexp"
	"testing"

	"pgregory.net/rapid"
)

func TestSlug(t *testing.T) {
	for label, want := range map[string]string{
		"Table 4": "table-4", "Стіл 4": "stil-4", "№ 12": "12", "4-үстел": "4-ustel", "Ґанок / терраса": "ganok-terrasa", "Stolik przy oknie łąka": "stolik-przy-oknie-la",
		"Mesa Ñandú": "mesa-nandu", "☕": "", "--": "", "Щастя": "shchastia",
	} {
		if got := slug(label); got != want {
			t.Errorf("slug(%q) = %q, want %q", label, got, want)
		}
	}
	shape := regexp.MustCompile(`^(?:[a-z0-9]+(?:-[a-z0-9]+)*)?$`)
	rapid.Check(t, func(t *rapid.T) {
		if s := slug(rapid.String().Draw(t, "label")); len(s) > maxSlug || !shape.MatchString(s) {
			t.Fatalf("slug %q", s)
		}
	})
}

func TestBeside(t *testing.T) {
	ladder := []int{0, 10, 20}
	for _, c := range []struct {
		value int
		up    bool
		want  int
	}{{0, true, 10}, {15, true, 20}, {20, true, 20}, {30, true, 30}, {15, false, 10}, {0, false, 0}, {30, false, 20}} {
		if got := beside(ladder, c.value, c.up); got != c.want {
			t.Errorf("beside(%d, %v) = %d, want %d", c.value, c.up, got, c.want)
		}
	}
}
