package bots_test

import (
	"testing"

	"kartka/bots"
)

func TestPhotoRef(t *testing.T) {
	ref := bots.PhotoRef{Channel: bots.Telegram, Sender: "7012345678", ID: "AgAC-_1:2", Unique: "AQAD", Width: 640, Height: 480, Size: 9}
	name := ref.String()
	if name != "telegram:7012345678:AgAC-_1:2" {
		t.Errorf("name %q", name)
	}
	back, err := bots.ParsePhotoRef(name)
	if want := (bots.PhotoRef{Channel: bots.Telegram, Sender: "7012345678", ID: "AgAC-_1:2"}); err != nil || back != want {
		t.Errorf("read back %+v, %v", back, err)
	}
	if !back.Owned(bots.Telegram, "7012345678") || back.Owned(bots.Telegram, "7") || back.Owned(bots.Viber, "7012345678") || (bots.PhotoRef{}).Owned("", "") {
		t.Error("a picture belongs to the sender that heard it, and to no other")
	}
	for _, bad := range []string{"", "telegram", "telegram:1", "telegram:1:", ":1:x", "telegram::x", "telegram:1:a b", "telegram:1:a\n", "telegram:1:ї", "telegram:1:\x00"} {
		if r, err := bots.ParsePhotoRef(bad); err == nil {
			t.Errorf("%q was read as %+v", bad, r)
		}
	}
}
