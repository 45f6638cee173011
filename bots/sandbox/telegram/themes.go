package telegram

// Theme is the colours of a phone as a Mini App gets them, each as "#rrggbb" (core.telegram.org/bots/webapps#themeparams).
type Theme struct {
	BgColor               string `json:"bg_color"`
	TextColor             string `json:"text_color"`
	HintColor             string `json:"hint_color"`
	LinkColor             string `json:"link_color"`
	ButtonColor           string `json:"button_color"`
	ButtonTextColor       string `json:"button_text_color"`
	SecondaryBgColor      string `json:"secondary_bg_color"`
	HeaderBgColor         string `json:"header_bg_color"`
	BottomBarBgColor      string `json:"bottom_bar_bg_color"`
	AccentTextColor       string `json:"accent_text_color"`
	SectionBgColor        string `json:"section_bg_color"`
	SectionHeaderColor    string `json:"section_header_text_color"`
	SectionSeparatorColor string `json:"section_separator_color"`
	SubtitleTextColor     string `json:"subtitle_text_color"`
	DestructiveTextColor  string `json:"destructive_text_color"`
}

// Themes are the themes that phones here can have, by name. They are in the manner of the platform's own; every text can be read on
// the ground it stands on.
func Themes() map[string]Theme {
	return map[string]Theme{
		"light": {
			BgColor: "#ffffff", TextColor: "#1b1f24", HintColor: "#5f6872", LinkColor: "#1667b8", ButtonColor: "#1667b8", ButtonTextColor: "#ffffff",
			SecondaryBgColor: "#eef1f4", HeaderBgColor: "#ffffff", BottomBarBgColor: "#f7f8f9", AccentTextColor: "#1667b8", SectionBgColor: "#ffffff",
			SectionHeaderColor: "#1667b8", SectionSeparatorColor: "#dfe3e7", SubtitleTextColor: "#5f6872", DestructiveTextColor: "#c0312a",
		},
		"dark": {
			BgColor: "#17212b", TextColor: "#f5f5f5", HintColor: "#9aa8b6", LinkColor: "#6ab3f3", ButtonColor: "#3576b3", ButtonTextColor: "#ffffff",
			SecondaryBgColor: "#232e3c", HeaderBgColor: "#17212b", BottomBarBgColor: "#17212b", AccentTextColor: "#6ab3f3", SectionBgColor: "#17212b",
			SectionHeaderColor: "#6ab3f3", SectionSeparatorColor: "#101921", SubtitleTextColor: "#9aa8b6", DestructiveTextColor: "#f07a7a",
		},
	}
}
