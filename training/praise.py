"""What sellers of comments write: short praise that would fit any post, in the languages that it is sold in.

Written for the evaluation alone and on purpose not the lists of `training.simulate`, so that a model is tested on
phrases that its training did not draw from.
"""

from __future__ import annotations

PRAISE: dict[str, tuple[str, ...]] = {
    "en": (
        "Nice one", "So nice!", "This is amazing", "Love this", "Love it so much!", "Wow, great shot", "Great pic!",
        "Awesome content", "Keep it up!", "You look great", "Absolutely stunning", "So beautiful", "Beautiful post",
        "Cool!", "Really cool post", "Incredible", "Best one yet!", "Perfect", "Simply perfect!", "Looking good",
        "Goals!", "Amazing feed", "Great work", "Well done!", "Superb", "So good", "Wonderful!", "Such a vibe",
        "Obsessed with this", "Top!", "Lovely", "Brilliant post", "Fantastic!", "Wow just wow", "Great content",
        "I really like this",
    ),
    "es": ("Qué bonito", "Me encanta!", "Increíble", "Muy buena foto", "Preciosa", "Qué lindo", "Genial!", "Un diez"),
    "pt": ("Que lindo", "Amei!", "Perfeita", "Muito bom", "Maravilhosa", "Que foto linda", "Arrasou!", "Sensacional"),
    "fr": ("Trop beau", "Magnifique!", "J'adore", "Superbe photo", "Très joli", "Au top!", "Sublime", "Trop bien"),
    "de": ("Sehr schön", "Tolles Bild!", "Wunderschön", "Richtig cool", "Gefällt mir", "Super!", "Klasse", "Hammer"),
    "it": ("Bellissima", "Che bello!", "Stupendo", "Bella foto", "Meraviglioso", "Adoro!", "Fantastica", "Top"),
    "nl": ("Zo mooi", "Prachtig!", "Leuke foto", "Geweldig", "Heel mooi", "Top!", "Wat leuk", "Super gaaf"),
    "sv": ("Så fint", "Vilken bild!", "Underbart", "Jättefint", "Snyggt", "Älskar det!", "Superfin", "Grymt"),
    "pl": ("Pięknie", "Super zdjęcie!", "Cudowne", "Świetne", "Bardzo ładnie", "Extra!", "Rewelacja", "Bomba"),
    "ru": ("Красиво", "Очень красиво!", "Супер", "Класс", "Шикарно", "Отличное фото!", "Прекрасно", "Огонь"),
    "uk": ("Дуже гарно", "Супер!", "Чудово", "Клас", "Неймовірно", "Гарне фото!", "Прекрасно", "Вогонь"),
    "tr": ("Çok güzel", "Harika!", "Süper", "Bayıldım", "Muhteşem", "Çok iyi!", "Mükemmel", "Efsane"),
    "id": ("Bagus banget", "Keren!", "Cantik", "Mantap", "Suka banget", "Luar biasa!", "Indah sekali", "Top"),
    "vi": ("Đẹp quá", "Tuyệt vời!", "Xinh quá", "Thích quá", "Quá đỉnh", "Đẹp lắm!", "Hay quá", "Dễ thương"),
    "ar": ("جميل جدا", "رائع!", "ما شاء الله", "روعة", "ابداع", "صورة جميلة!", "ممتاز", "تحفة"),
    "fa": ("خیلی زیبا", "عالی!", "فوق العاده", "چه قشنگ", "محشره", "عکس زیبا!", "بی نظیر", "دمت گرم"),
    "hi": ("बहुत सुंदर", "शानदार!", "बहुत अच्छा", "लाजवाब", "वाह", "कमाल!", "सुपर", "मस्त"),
    "th": ("สวยมาก", "สุดยอด!", "น่ารักจัง", "ชอบมาก", "ดีมาก", "สวยจัง!", "เยี่ยม", "ปังมาก"),
    "ja": ("すてき", "かわいい!", "最高です", "きれい", "すごい", "いいね!", "素晴らしい", "大好き"),
    "ko": ("예뻐요", "최고!", "너무 좋아요", "멋져요", "대박", "사랑스러워요!", "굿굿", "완벽해요"),
    "zh": ("好漂亮", "太棒了!", "很好看", "喜欢", "真美", "厉害!", "超赞", "完美"),
}  # fmt: skip

EMOJI = ("😍", "🔥", "❤️", "👏", "😘", "💯", "🙌", "😊", "💕", "👌", "✨", "🤩")
