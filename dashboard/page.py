import streamlit as st
from tierscope.dashboard.source import current_source
st.set_page_config(page_title="tierscope", layout="wide")
src = current_source()
st.write(dict(st.query_params))
st.html('<p>hi <a href="?view=run" data-go="1">link</a></p>')
st.write(str(src.state))
