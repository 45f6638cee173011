package telegram

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"kartka/bots"
)

// content is what of a message may be sent on to others.
type content struct {
	Text            string          `json:"text"`
	Entities        json.RawMessage `json:"entities"`
	Caption         string          `json:"caption"`
	CaptionEntities json.RawMessage `json:"caption_entities"`
	Photo           json.RawMessage `json:"photo"`
	Document        *struct {
		MimeType string `json:"mime_type"`
	} `json:"document"`
	ReplyMarkup  json.RawMessage `json:"reply_markup"`
	MediaGroupID scalar          `json:"media_group_id"`
	MediaSpoiler bool            `json:"has_media_spoiler"`
}

// kinds is what a message may be that is not sent on, by the field that tells it. Of several the first counts: an
// animation and a live photo are documents and photos too, for those who do not know them.
var kinds = []struct{ field, lost string }{
	{"animation", bots.LostVideo}, {"live_photo", bots.LostVideo}, {"video", bots.LostVideo}, {"video_note", bots.LostVideo},
	{"audio", bots.LostAudio}, {"voice", bots.LostAudio}, {"sticker", bots.LostSticker}, {"poll", bots.LostPoll},
	{"checklist", bots.LostPoll}, {"venue", bots.LostPlace}, {"location", bots.LostPlace},
}

// content reads the parts of a private message that may be sent on. What cannot be read is lost, never a failure.
func (d *decoding) content(body []byte) {
	var c content
	if tolerate(json.Unmarshal(body, &c)) != nil {
		return
	}
	text, entities := c.Text, c.Entities
	if d.ev.Kind == bots.EventOther {
		text, entities = c.Caption, c.CaptionEntities
	}
	d.ev.Rich = d.rich(text, entities)
	if d.ev.Kind == bots.EventOther {
		d.attachment(c, body)
	}
	if present(c.ReplyMarkup) {
		d.lose(bots.LostButtons, "they belong to another bot")
	}
}

// attachment finds the picture of a message, or says what else it is.
func (d *decoding) attachment(c content, body []byte) {
	var fields map[string]json.RawMessage
	_ = json.Unmarshal(body, &fields) // it was read before
	for _, k := range kinds {
		if present(fields[k.field]) {
			d.lose(k.lost, strings.ReplaceAll(k.field, "_", " "))
			return
		}
	}
	switch {
	case present(c.Photo):
		if d.ev.Photo = largest(c.Photo, d.ev.From.Sender); d.ev.Photo == nil {
			d.lose(bots.LostPhoto, "no handle")
			return
		}
		if c.MediaSpoiler {
			d.lose(bots.LostSpoiler, "shown openly")
		}
		if c.MediaGroupID != "" {
			d.lose(bots.LostAlbum, "one picture of several")
		}
	case c.Document != nil && isPicture(c.Document.MimeType):
		// A handle cannot change its kind: a file never goes out as a photo (core.telegram.org/bots/api#sending-files).
		d.lose(bots.LostImageFile, "sent as a file")
	case c.Document != nil:
		d.lose(bots.LostFile, "document")
	case d.ev.Rich == "":
		d.lose(bots.LostOther, "nothing we read")
	}
}

func isPicture(mime string) bool { return strings.HasPrefix(strings.ToLower(mime), "image/") }

// largest picks the largest of a photo's sizes as sender names it, nil when none has a handle.
func largest(raw json.RawMessage, sender string) *bots.PhotoRef {
	var sizes []struct {
		FileID       string `json:"file_id"`
		FileUniqueID string `json:"file_unique_id"`
		Width        int32  `json:"width"`
		Height       int32  `json:"height"`
		FileSize     int64  `json:"file_size"`
	}
	if tolerate(json.Unmarshal(raw, &sizes)) != nil {
		return nil
	}
	var best *bots.PhotoRef
	for _, s := range sizes {
		ref := bots.PhotoRef{
			Channel: bots.Telegram, Sender: sender, ID: s.FileID, Unique: clean(s.FileUniqueID),
			Width: int(max(s.Width, 0)), Height: int(max(s.Height, 0)), Size: max(s.FileSize, 0),
		}
		if !isHandle(ref.ID) {
			continue
		}
		if best == nil || int64(ref.Width)*int64(ref.Height) >= int64(best.Width)*int64(best.Height) {
			best = &ref
		}
	}
	return best
}

// isHandle reports whether a text can be a file id. Ids are base64url today; their form is not promised.
func isHandle(id string) bool {
	return id != "" && len(id) <= 512 && !strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' }) &&
		!strings.Contains(id, "://")
}

// rich is a text with its entities in our five tags.
func (d *decoding) rich(text string, raw json.RawMessage) bots.Rich {
	var entities []struct {
		Type   string `json:"type"`
		Offset scalar `json:"offset"`
		Length scalar `json:"length"`
		URL    string `json:"url"`
	}
	if tolerate(json.Unmarshal(raw, &entities)) != nil {
		entities = nil
	}
	var spans []bots.Span
	for _, e := range entities {
		from, fromErr := strconv.ParseInt(string(e.Offset), 10, 32)
		length, lengthErr := strconv.ParseInt(string(e.Length), 10, 32)
		if fromErr != nil || lengthErr != nil || from < 0 || length <= 0 || from >= int64(len(text)) {
			continue // marks nothing
		}
		s := bots.Span{From: int(from), To: int(from + length)}
		switch e.Type {
		case "bold":
			s.Tag = "b"
		case "italic":
			s.Tag = "i"
		case "strikethrough":
			s.Tag = "s"
		case "code", "pre":
			s.Tag = "code"
		case "text_link":
			if s.Tag, s.Href = "a", e.URL; !bots.SafeLink(e.URL) {
				d.lose(bots.LostLink, "leads to nothing safe")
				continue
			}
		case "underline":
			d.lose(bots.LostUnderline, "shown plain")
			continue
		case "spoiler":
			d.lose(bots.LostSpoiler, "shown openly")
			continue
		case "blockquote", "expandable_blockquote":
			d.lose(bots.LostQuote, "shown plain")
			continue
		case "custom_emoji":
			d.lose(bots.LostCustomEmoji, "a plain emoji instead")
			continue
		case "text_mention":
			d.lose(bots.LostMention, "not linked")
			continue
		case "url", "email", "phone_number", "mention", "hashtag", "cashtag", "bot_command", "bank_card":
			continue // found in the text by every client itself
		default:
			d.lose(bots.LostMarkup, "unknown formatting")
			continue
		}
		spans = append(spans, s)
	}
	return bots.Mark(text, spans)
}

// lose notes what is not carried, each kind once.
func (d *decoding) lose(what, why string) {
	if !slices.ContainsFunc(d.ev.Lost, func(l bots.Loss) bool { return l.What == what }) {
		d.ev.Lost = append(d.ev.Lost, bots.Loss{What: what, Why: why})
	}
}
