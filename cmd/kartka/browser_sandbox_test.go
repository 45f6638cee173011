package main

import (
	"fmt"
	"testing"

	"kartka/bots/sandbox/telegram"
)

// TestSandboxPageWritesMessages: on the chat page a visitor sends a picture from the device with a caption and forwards a message.
func TestSandboxPageWritesMessages(t *testing.T) {
	s := theStand(t)
	writer, err := s.driver.NewUser(t.Context(), telegram.Person{FirstName: "Marta", LanguageCode: "uk", Shown: true}, s.bot.Username)
	if err != nil {
		t.Fatal(err)
	}
	if err := writer.Start(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	p := s.newPage(t, screen{width: 1280, height: 800})
	phone := fmt.Sprintf("#phone-%d", writer.User())
	find := func(selector string) string { return fmt.Sprintf("document.querySelector(%q)", phone+" "+selector) }
	p.visit(s.base+"/sandbox/"+phone, find(".msg.bot .bubble .forward"))

	// A file dialog belongs to the system: the picture is put into it as the person's choice would be.
	ask[bool](p, `(() => {
	HTMLInputElement.prototype.click = function () {
		const canvas = document.createElement("canvas");
		canvas.width = 64;
		canvas.height = 48;
		canvas.toBlob((blob) => {
			const choice = new DataTransfer();
			choice.items.add(new File([blob], "menu.png", { type: "image/png" }));
			this.files = choice.files;
			this.dispatchEvent(new Event("change"));
		});
	};
	`+find(".composer input")+`.value = "Меню дня";
	`+find(`[data-do="pick"]`)+`.click();
	return true;
})()`)
	p.until(find(".msg.me .picture img") + `?.naturalWidth === 64 && ` + find(".composer input") + `.value === ""`)
	// The bot's answer moves the messages, so the button is pressed wherever it is by then.
	ask[bool](p, `(`+find(".msg.me:has(.picture) .forward")+`.click(), true)`)
	p.until(fmt.Sprintf("document.querySelectorAll(%q).length === 2", phone+" .msg.me .picture img"))
	messages, err := writer.Messages(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var captions []string
	for _, m := range messages {
		if m.From == "me" && m.Photo != nil {
			captions = append(captions, m.Text+" "+m.Forwarded)
		}
	}
	if len(captions) != 2 || captions[0] != "Меню дня " || captions[1] != "Меню дня Marta" {
		t.Errorf("sent %q", captions)
	}
}
