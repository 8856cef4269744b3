"""Sentences in English and German, tokenized, for when newstest2014 is not at hand. They were
written for this app.
"""

PAIRS = (
    ("The door is open .", "Die Tür ist offen ."),
    ("It is raining .", "Es regnet ."),
    ("Where is the station ?", "Wo ist der Bahnhof ?"),
    ("The train leaves at nine .", "Der Zug fährt um neun Uhr ."),
    ("She reads a long book .", "Sie liest ein langes Buch ."),
    ("We are going home .", "Wir gehen nach Hause ."),
    ("The children play in the garden .", "Die Kinder spielen im Garten ."),
    ("My brother works in a bakery .", "Mein Bruder arbeitet in einer Bäckerei ."),
    ("Nobody knew the answer .", "Niemand kannte die Antwort ."),
    ("He has lost his keys again .", "Er hat schon wieder seine Schlüssel verloren ."),
    ("The soup is too hot .", "Die Suppe ist zu heiß ."),
    ("Please close the window .", "Bitte schließen Sie das Fenster ."),
    ("The bridge was built a hundred years ago .", "Die Brücke wurde vor hundert Jahren gebaut ."),
    ("I would like a cup of coffee .", "Ich hätte gern eine Tasse Kaffee ."),
    ("Tomorrow the weather will be better .", "Morgen wird das Wetter besser ."),
    ("They have two dogs and a cat .", "Sie haben zwei Hunde und eine Katze ."),
    ("The museum is closed on Mondays .", "Das Museum ist montags geschlossen ."),
    ("Can you help me with this box ?", "Kannst du mir mit dieser Kiste helfen ?"),
    ("The river is deep and cold .", "Der Fluss ist tief und kalt ."),
    ("She learned German at school .", "Sie hat in der Schule Deutsch gelernt ."),
    ("The teacher explains the question once more .", "Der Lehrer erklärt die Frage noch einmal ."),
    ("Our neighbours grow tomatoes .", "Unsere Nachbarn ziehen Tomaten ."),
    ("The lamp above the table is broken .", "Die Lampe über dem Tisch ist kaputt ."),
    ("Why did you not call ?", "Warum hast du nicht angerufen ?"),
    ("The ship reaches the harbour in the morning .", "Das Schiff erreicht morgens den Hafen ."),
    ("He plays the violin , and she sings .", "Er spielt Geige , und sie singt ."),
    ("There is snow on the mountains .", "Auf den Bergen liegt Schnee ."),
    ("The letter was on the table when I came .", "Der Brief lag auf dem Tisch , als ich kam ."),
    ("I do not understand this word .", "Ich verstehe dieses Wort nicht ."),
    ("The shop sells bread , milk and apples .", "Der Laden verkauft Brot , Milch und Äpfel ."),
    (
        "If it does not rain , we will walk to the lake .",
        "Wenn es nicht regnet , gehen wir zu Fuß zum See .",
    ),
    (
        "The old man told us a story about the sea .",
        "Der alte Mann erzählte uns eine Geschichte vom Meer .",
    ),
)
