package bots

import "time"

// Capabilities says what a channel can do. It is data: dialogs and Fit look here and nowhere else.
// CapabilitiesOf has the table, with its sources.
type Capabilities struct {
	Channel       Channel
	TextUnits     int // longest text, counted by Units: UTF-16 code units of what the platform counts
	CaptionUnits  int // longest text beside a photo or file
	Buttons       int // most buttons under one message in all; 0 = no buttons
	ButtonRows    int // most rows of buttons under one message
	ButtonsPerRow int
	ButtonUnits   int  // longest button label that is shown whole on a phone, in UTF-16 code units
	ButtonIDBytes int  // longest id a button can carry
	UniqueLabels  bool // the platform refuses two buttons with the same label
	ListRows      int  // longest list a channel without enough buttons can show; 0 = none
	URLButton     bool // buttons that open a link
	CopyButton    bool // buttons that copy a text
	CopyUnits     int  // longest text such a button copies
	AppButton     bool // buttons that open a Mini App, in the private chat only
	Answers       int  // most options of an Ask shown as keys; 0 = options are listed in the text
	// OneKeyboard says that a message carries either buttons, or an Ask, or ClearAsk, never two of them. A dialog
	// then sends the line that puts up or takes away the keyboard first and its screen as the next message.
	OneKeyboard      bool
	AskPhone         bool // the platform shares and vouches for the person's phone
	Edit             bool // a sent message can be replaced in place
	Delete           bool
	Photo, File      bool
	Markup           Markup
	DeepLinkAlphabet string // characters a deep-link payload may hold
	DeepLinkBytes    int
	Cost             Cost
	Session          time.Duration // how long after the person wrote a message costs nothing, of CostSession
	Bulk             int           // messages a second that one sender gets through to many, to begin with; 0 = not known
}

// Cost is what a message that the person has not just asked for costs the shop.
type Cost string

// The costs.
const (
	CostFree    Cost = "free"    // nothing
	CostSession Cost = "session" // nothing within a session that the person opens by writing, paid otherwise
	CostPaid    Cost = "paid"
)

// Markup is the native markup an adapter turns Rich into.
type Markup string

// The markups.
const (
	MarkupNone  Markup = "none"
	MarkupHTML  Markup = "html"
	MarkupLight Markup = "light" // *bold* _italic_ ~strike~
)

// Loss is one thing of a message that a channel cannot show, or that we cannot pass on, for previews and tests.
type Loss struct {
	// What is "buttons", "labels", "links", "copy", "app", "photo", "file", "text", "ask", "edit", "ack" or "markup";
	// of [Event].Lost one of the Lost words.
	What string `json:"what"`
	Why  string `json:"why"`
}
