package words

import "kartka/locales"

// ReadyTrigger is what a ready-made trigger is called, and in one line when it comes.
func (w Words) ReadyTrigger(id string) (name, about string) {
	return w.T("trigger.ready." + id + ".name"), w.T("trigger.ready." + id + ".about")
}

// ReadyTriggerTexts is what a ready-made trigger says, by language, in those that the program speaks. Placeholders have their English names.
func (w Words) ReadyTriggerTexts(id string) map[string]string {
	texts := map[string]string{}
	if w.Program.Settings == nil {
		return texts
	}
	for _, language := range w.Program.Settings.Languages {
		if l, ok := locales.Parse(language); ok {
			texts[language] = w.Catalog.Printer(l).T("trigger.ready." + id + ".text")
		}
	}
	return texts
}
