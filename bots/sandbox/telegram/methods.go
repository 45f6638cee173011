package telegram

// methodTable lists the methods by their names in lower case. getUpdates is not here: it waits, and the others run
// under the lock.
func methodTable() map[string]method {
	return map[string]method{
		"getme": (*call).getMe, "logout": (*call).ok, "close": (*call).ok,
		"setwebhook": (*call).setWebhook, "deletewebhook": (*call).deleteWebhook, "getwebhookinfo": (*call).getWebhookInfo,

		"sendmessage": (*call).sendMessage, "sendphoto": (*call).sendPhoto, "senddocument": (*call).sendDocument,
		"copymessage": (*call).copyMessage, "forwardmessage": (*call).forwardMessage, "sendchataction": (*call).sendChatAction,
		"editmessagetext": (*call).editMessageText, "editmessagecaption": (*call).editMessageCaption,
		"editmessagemedia": (*call).editMessageMedia, "editmessagereplymarkup": (*call).editMessageReplyMarkup,
		"deletemessage": (*call).deleteMessage, "deletemessages": (*call).deleteMessages,
		"pinchatmessage": (*call).pinChatMessage, "unpinchatmessage": (*call).unpinChatMessage,
		"unpinallchatmessages": (*call).unpinAllChatMessages, "answercallbackquery": (*call).answerCallbackQuery,

		"setmycommands": (*call).setMyCommands, "getmycommands": (*call).getMyCommands, "deletemycommands": (*call).deleteMyCommands,
		"setmyname": (*call).setMyName, "getmyname": (*call).getMyName,
		"setmydescription": (*call).setMyDescription, "getmydescription": (*call).getMyDescription,
		"setmyshortdescription": (*call).setMyShortDescription, "getmyshortdescription": (*call).getMyShortDescription,
		"setchatmenubutton": (*call).setChatMenuButton, "getchatmenubutton": (*call).getChatMenuButton,

		"savepreparedinlinemessage": (*call).savePreparedInlineMessage,

		"getfile": (*call).getFile, "getchat": (*call).getChat, "getchatmember": (*call).getChatMember,
		"getchatmembercount": (*call).getChatMemberCount, "leavechat": (*call).leaveChat,
		"getuserprofilephotos": (*call).getUserProfilePhotos,
	}
}

func (c *call) ok() (any, error) { return true, nil }

func (c *call) getMe() (any, error) { return c.bot.me(), nil }

// user is the bot as other people and updates see it.
func (b *bot) user() User {
	return User{ID: b.ID, IsBot: true, FirstName: b.Names[""], Username: b.Username}
}

// me adds what getMe alone tells.
func (b *bot) me() User {
	u := b.user()
	yes, no, readsAll := true, false, b.ReadsAll
	u.CanJoinGroups, u.CanReadAllGroupMessages, u.SupportsInlineQueries, u.HasMainWebApp = &yes, &readsAll, &no, &no
	return u
}
