"""Names of people who have no page of their own; colleagues with a page stand in `people.py`."""

_FIRST = (
    "Agnes Alba Anders Anselm Astrid Bela Bertil Bridget Casper Cecily Cosmo Daria Delphine Dmitri Edgar Edith Emeka "
    "Enid Esme Farid Fenella Finn Florian Frida Gideon Gilda Gunnar Hattie Helmut Henrik Ida Imogen Isaac Isolde "
    "Jasper Jette Judith Kaspar Keiko Lars Leonie Lorcan Magda Malik Merle Milan Minna Mungo Nils Noor Odette Ottilie "
    "Perry Petra Quentin Ralf Rosalind Samir Saskia Sigrid Silas Tamsin Theo Ulla Ursula Vera Viggo Walter Wilma Zita"
)
_SURNAMES = (
    "Abernethy Ambler Askew Balfour Bergstrom Blackadder Borgen Bramley Cantwell Cheval Colby Corrigan Dahl Danvers "
    "Draycott Eastlake Ekberg Fairlie Falk Fotheringay Gallard Garrick Grieve Hallam Hartnoll Hedley Holmgren Ibbotson "
    "Jessop Jorgensen Kinnear Kovac Lachlan Larkin Leander Lorimer Lundy Maddox Mallory Merriman Moravec Nightingale "
    "Nyberg Oakshott Orme Osei Pargeter Peverell Quigley Ramsbotham Redfern Rosenkilde Ruane Saltmarsh Selkirk "
    "Shanahan Stroud Tamm Tolliver Trevanion Uddin Valente Vickery Wainwright Wexcombe Whitlock Yardley Zeller"
)

FIRST_NAMES = tuple(_FIRST.split())
OTHER_SURNAMES = tuple(_SURNAMES.split())
