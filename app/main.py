"""The app's script: which pages there are, and what stands around every one of them."""

from pathlib import Path

import streamlit as st

from app.views.shell import frame

HERE = Path(__file__).parent
PAGES = {
    "Posture": [
        st.Page(
            "views/overview.py", title="Overview", icon=":material/space_dashboard:", url_path="overview"
        ),
        st.Page("views/findings.py", title="Findings", icon=":material/rule:", url_path="findings"),
    ],
    "Investigate": [
        st.Page("views/paths.py", title="Paths", icon=":material/route:", url_path="paths"),
        st.Page("views/saved.py", title="Queries", icon=":material/manage_search:", url_path="saved"),
    ],
}

st.set_page_config(page_title="Crownpath", page_icon=str(HERE / "static" / "icon.png"), layout="wide")
st.logo(str(HERE / "static" / "logo.svg"), size="large")
page = st.navigation(PAGES)
frame()
page.run()
