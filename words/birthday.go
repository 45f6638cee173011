package words

import "kartka/engine/rules"

// aroundBirthday is how many days around a birthday whoever serves the guest is told of it.
var aroundBirthday = rules.Window{Set: true, Before: 7, After: 3}

// BirthdayNear is the day of a birthday that is at most a week away or was in the last three days, "" for every other and for one that is not told.
func (w Words) BirthdayNear(b rules.Birthday) string {
	today := rules.DateOf(w.Now, w.Program.Settings.Zone)
	if !b.Within(aroundBirthday, today) {
		return ""
	}
	return w.Day(b.Next(today.Add(-aroundBirthday.After)))
}
